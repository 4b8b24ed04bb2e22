"""Pictures of one lesion in the ISIC challenges, whose publishers give no lesion ids.

Found by comparing the fine texture of every two images and then looking at every pair: the same file under
two ids, the same photograph before and after colour correction (a series of ISIC 2017, 0000157 to 0000229,
was published again between 0014657 and 0015436, much of it in the test part), or two photographs of one
lesion. The list is a lower bound: a photograph turned, or at another scale, would not have been found.
"""

from __future__ import annotations

SAME_LESION: tuple[tuple[str, str], ...] = (
    # ISIC 2017, the same file in two parts.
    ("ISIC_0012127", "ISIC_0012970"),
    ("ISIC_0012175", "ISIC_0015982"),
    ("ISIC_0012221", "ISIC_0016002"),
    ("ISIC_0012271", "ISIC_0016018"),
    # ISIC 2017, the same file twice in the test part.
    ("ISIC_0012152", "ISIC_0015979"),
    ("ISIC_0012216", "ISIC_0016001"),
    # ISIC 2017, one lesion in two parts.
    ("ISIC_0000157", "ISIC_0014946"),
    ("ISIC_0000162", "ISIC_0014826"),
    ("ISIC_0000171", "ISIC_0015124"),
    ("ISIC_0000174", "ISIC_0015071"),
    ("ISIC_0000179", "ISIC_0014765"),
    ("ISIC_0000182", "ISIC_0015395"),
    ("ISIC_0000184", "ISIC_0015310"),
    ("ISIC_0000185", "ISIC_0015155"),
    ("ISIC_0000186", "ISIC_0014698"),
    ("ISIC_0000193", "ISIC_0015436"),
    ("ISIC_0000196", "ISIC_0014957"),
    ("ISIC_0000201", "ISIC_0015023"),
    ("ISIC_0000209", "ISIC_0015016"),
    ("ISIC_0000215", "ISIC_0015313"),
    ("ISIC_0000217", "ISIC_0014973"),
    ("ISIC_0000218", "ISIC_0015241"),
    ("ISIC_0000220", "ISIC_0015202"),
    ("ISIC_0000226", "ISIC_0014949"),
    ("ISIC_0000227", "ISIC_0015034"),
    ("ISIC_0012222", "ISIC_0016003"),
    ("ISIC_0012887", "ISIC_0012989"),
    ("ISIC_0013109", "ISIC_0013163"),
    # ISIC 2017, one lesion twice in one part.
    ("ISIC_0000164", "ISIC_0014795"),
    ("ISIC_0000165", "ISIC_0014788"),
    ("ISIC_0000177", "ISIC_0014657"),
    ("ISIC_0000204", "ISIC_0014748"),
    ("ISIC_0000205", "ISIC_0014742"),
    ("ISIC_0000206", "ISIC_0014739"),
    ("ISIC_0000222", "ISIC_0014846"),
    ("ISIC_0000223", "ISIC_0014818"),
    ("ISIC_0000224", "ISIC_0014791"),
    ("ISIC_0000225", "ISIC_0014778"),
    ("ISIC_0000229", "ISIC_0014771"),
    ("ISIC_0012290", "ISIC_0013594"),
    ("ISIC_0012672", "ISIC_0012673"),
    ("ISIC_0012756", "ISIC_0013184"),
    ("ISIC_0015945", "ISIC_0015946"),
    ("ISIC_0015986", "ISIC_0015987"),
    # ISIC 2018 task 3, test part.
    ("ISIC_0034565", "ISIC_0034966"),
    ("ISIC_0034714", "ISIC_0034988"),
    ("ISIC_0034731", "ISIC_0034836"),
    ("ISIC_0034840", "ISIC_0035318"),
    ("ISIC_0034957", "ISIC_0035637"),
    ("ISIC_0035200", "ISIC_0035632"),
)
"""Pairs of image ids of the ISIC archive; images of one pair are one group."""


def lesion_groups() -> dict[str, str]:
    """Image id to group, for the images of :data:`SAME_LESION` only; chains of pairs are one group."""
    groups: dict[str, str] = {}
    for one, other in SAME_LESION:
        name, old = groups.setdefault(one, one), groups.setdefault(other, other)
        groups = {image_id: name if group == old else group for image_id, group in groups.items()}
    return groups
