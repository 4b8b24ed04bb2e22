"""What the networks of a pair cost, and whether a student saves anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.types.base import Interval, Role
from core.types.laboratory import LatencyReport

ALIKE = 0.05
"""Ratios within 5 % of 1 are called alike: neither smaller nor bigger, neither faster nor slower."""


@dataclass(frozen=True)
class NetworkSize:
    """What one served network costs and how well it did.

    Attributes:
        role, title: which network.
        parameters: learned numbers.
        macs: multiply-accumulates of one picture of ``height`` x ``width`` pixels.
        height, width: the input of the network.
        onnx_bytes: size of the served file.
        latency: time of one reading on this machine; None where it was not measured.
        figures: metric name to its value on the held-out cases of the audit; empty without such cases.
    """

    role: Role
    title: str
    parameters: int
    macs: int
    height: int
    width: int
    onnx_bytes: int
    latency: LatencyReport | None
    figures: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class StudentCost:
    """One student against its teacher.

    Attributes:
        role: which student.
        parameters, macs, bytes: the student's over the teacher's, above 0.
        time: ratio of the median times; None where they were not measured.
        steady: whether the times are steady enough to tell which is shorter; False leaves it to the work.
        differences: ``"roc_auc"`` and ``"accuracy_top1"`` of the student minus the teacher's on the same
            cases; empty without held-out cases.
    """

    role: Role
    parameters: float
    macs: float
    bytes: float
    time: float | None
    steady: bool = True
    differences: Mapping[str, Interval] = field(default_factory=dict)

    @property
    def effort(self) -> float:
        """The ratio that speed is judged by: of the times, or of the work where no time tells."""
        return self.macs if self.time is None or not self.steady else self.time

    @property
    def bigger(self) -> bool:
        """Whether it has more parameters than its teacher."""
        return self.parameters > 1 + ALIKE

    @property
    def slower(self) -> bool:
        """Whether it takes longer than its teacher; see :attr:`effort`."""
        return self.effort > 1 + ALIKE

    @property
    def saves(self) -> bool:
        """Whether it is neither bigger nor slower than its teacher."""
        return not self.bigger and not self.slower


@dataclass(frozen=True)
class SizeAudit:
    """What every served network of a pair costs, and which student to use.

    Attributes:
        pair: its name.
        title, n, groups: the held-out cases and how many independent groups they come from; empty and 0
            where the pair ships none.
        networks: the served networks, the teacher first.
        students: every student against the teacher.
        recommended: the student to use.
        between: ``"roc_auc"`` and ``"accuracy_top1"`` of the recommended student minus the other one's;
            empty with one student or without held-out cases.
    """

    pair: str
    title: str
    n: int
    groups: int
    networks: tuple[NetworkSize, ...]
    students: tuple[StudentCost, ...]
    recommended: Role
    between: Mapping[str, Interval] = field(default_factory=dict)

    def network(self, role: Role) -> NetworkSize:
        """The costs of one role; KeyError if it is not served."""
        return {network.role: network for network in self.networks}[role]

    def student(self, role: Role) -> StudentCost:
        """One student against the teacher; KeyError if there is no such student."""
        return {student.role: student for student in self.students}[role]
