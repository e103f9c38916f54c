"""What the rule routes take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from features.document import Part
from serving.scoring.schemas import TextOut

RuleText = Annotated[str, StringConstraints(max_length=500_000)]

EXAMPLE: Final = """rules:
  - id: cod-high-value
    name: {zh: 高额货到付款, en: high-value cash on delivery}
    when:
      - {field: order__is_cod, op: ==, value: true}
      - {field: order__value_minor, op: ">=", value: 50000}
    then: {action: review}
"""


class RulesIn(Part):
    """Rules, as text or as a document; exactly one of the two."""

    text: RuleText | None = Field(default=None, description="YAML or JSON; comments are kept")
    document: dict[str, Any] | None = Field(default=None, description="The same as an object")

    @model_validator(mode="after")
    def _one_of_two(self) -> RulesIn:
        if (self.text is None) == (self.document is None):
            raise ValueError("needs either text or document")
        return self

    @property
    def written(self) -> str:
        """The rules as text."""
        if self.text is not None:
            return self.text
        import yaml

        return yaml.safe_dump(self.document, allow_unicode=True, sort_keys=False, width=100)


class SaveIn(RulesIn):
    """Rules to put into force."""

    note: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        default=None, description="Why they are changed"
    )


class TryIn(RulesIn):
    """Rules to try on the past."""

    days: int = Field(default=14, ge=1, le=366, description="Matured days to judge on")


class RuleFaultOut(BaseModel):
    """Something that is wrong, or suspicious, about rules."""

    code: str
    severity: Literal["error", "warning"]
    rule: str | None
    pointer: str
    line: int
    column: int
    text: TextOut


class CheckOut(BaseModel):
    """Everything that was found about rules."""

    ok: bool = Field(description="Whether they can be put into force")
    n_rules: int
    version: str | None
    faults: list[RuleFaultOut]


class RuleOut(BaseModel):
    """A rule, read."""

    id: str
    name: TextOut
    mode: Literal["live", "shadow", "off"]
    outcome: dict[str, Any]
    owner: str | None
    note: str | None
    fired_30d: int = Field(description="Orders of the last 30 days on which it fired")


class VersionOut(BaseModel):
    """The rules as they were saved once."""

    number: int = Field(description="0 when no rules were ever saved")
    version: str
    saved_by: str
    saved_at: str | None
    note: str | None


class RulesOut(VersionOut):
    """The rules in force; the header `ETag` names the version for `If-Match`."""

    text: str
    rules: list[RuleOut]


class VersionsOut(BaseModel):
    """Saved versions, newest first."""

    items: list[VersionOut]


class FieldOut(BaseModel):
    """A field that conditions may name."""

    name: str
    text: TextOut
    unit: str
    kind: Literal["number", "flag", "text"]
    source: Literal["feature", "order", "finding", "model"]
    values: list[str]
    operators: list[str]
    is_given: bool = Field(description="Whether the history here has it")


class FieldsOut(BaseModel):
    """All fields that conditions may name."""

    items: list[FieldOut]


class PackOut(BaseModel):
    """Ready-made rules for one kind of trouble."""

    name: str
    title: TextOut
    n_rules: int
    text: str


class PacksOut(BaseModel):
    """All ready-made rules."""

    items: list[PackOut]
