"""The ticket slip (号票) as data. Layout into lines stands in `layout.py`."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Slip(BaseModel):
    """One ticket slip. Nothing personal stands on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hall: str = Field(min_length=1, max_length=60, description="Official hall name")
    number: str = Field(min_length=1, max_length=12, description="Ticket number, e.g. A001")
    service: str = Field(min_length=1, max_length=80, description="Service item, in full")
    waiting: int = Field(ge=0, description="People ahead")
    estimate_minutes: int | None = Field(default=None, ge=0, description="Estimated wait, minutes")
    issued_at: AwareDatetime = Field(description="When the number was given, with UTC offset")
    qr: str = Field(min_length=1, max_length=300, description="Content of the QR code")
    notice: str | None = Field(
        default=None, max_length=60, description="Last line, e.g. 过号请到服务台"
    )
