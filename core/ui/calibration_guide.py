"""How to read the page about calibration, in plain words."""

from __future__ import annotations

import streamlit as st

from core.figures.nouns import state

_TEXT = """
**Calibrated** means that a stated probability comes true as often as it says: of all cases that are
given 20 %, 20 of 100 turn out to {be}. A network can rank cases very well (a high AUC) and still
state probabilities that are too high or too low; ranking and calibration are two different virtues.

**The diagrams.** Cases of like probability are gathered in bins. A point on the line is a bin where
said and seen agree. The bars say how far chance alone could have moved the point; as long as they touch
the line, the bin is no evidence of a fault. Where most probabilities are small, look at the lower end,
or at bins of equally many cases: equal probabilities are then never parted, so a bin can be fuller than
the next.

**Average gap (ECE, expected calibration error).** The distance between said and seen, averaged over the
cases. It depends on the number of bins, and few cases alone make it larger than 0; the lines of *chance
alone* show by how much. *With chance taken out* subtracts that part and takes a root mean square; where
nothing is left it is 0. *Over all classes* averages the gaps of every finding, not of {noun} alone.

**Intercept and slope.** An intercept above 0 means that the probabilities are too low on the whole,
below 0 too high. A slope below 1 means that they are too extreme (high ones too high, low ones too
low), above 1 too timid. Both are on the scale of log odds.

**Brier score.** The mean squared distance between the probability and what turned out (0 or 1). Its
*reliability* part is calibration, its *resolution* part is how well the network tells cases apart, its
*uncertainty* part belongs to the cases alone.

**Negative log likelihood.** How surprised the network was; one confident mistake weighs heavily.

**Corrections** are fitted on validation cases and measured on others. *Temperature* changes how bold
the network is; *Platt scaling* also shifts it; *isotonic* may take any rising shape and needs about a
thousand cases or more. None of them can make a network tell cases apart better.

**What this cannot say.** Calibration holds for cases like these. In a clinic where {noun} is rarer or
the pictures differ, the same probabilities can be too high.

*Sources:* Murphy 1973; Stephenson and others 2008; Cox 1958; Van Calster and others 2019; Guo and
others 2017; Kumar and others 2019; Broecker and Smith 2007; Platt 1999; Zadrozny and Elkan 2002.
"""


def show_guide(noun: str) -> None:
    """Draw the "How to read this" expander."""
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_TEXT.format(noun=noun, be=state("be", noun)))
