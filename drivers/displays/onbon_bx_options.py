"""Options of an Onbon panel: which card, which area of it, and how a text stands there."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from drivers.displays.onbon_bx_text import Area, Charset
from drivers.displays.place import PlaceOptions
from drivers.saying import saying

ANYBODY, ANY_TYPE = 0xFFFE, 0xFE


class OnbonOptions(PlaceOptions):
    """Options of an `onbon_bx` panel: exactly one of `host` or `port` says where it is."""

    # Two areas of one card are two displays.
    told_apart_by: ClassVar[Mapping[str, object] | None] = {
        "screen": ANYBODY, "device_type": ANY_TYPE, "area_id": None,
    }  # fmt: skip

    tcp_port: int = Field(default=5005, ge=1, le=65535, description="TCP port, with host")
    baud: int = Field(default=57600, ge=50, le=4_000_000, description="Bits per second")
    generation: Literal["5k", "6k"] = Field(
        default="6k", description="5k cards count X and width in units of 8 pixels"
    )
    area: str = Field(
        default="0,0,64,16",
        pattern=r"^\d{1,4},\d{1,4},\d{1,4},\d{1,4}$",
        description="x,y,width,height in pixels",
    )
    area_id: int = Field(default=0, ge=0, le=254, description="Number of the dynamic area")
    screen: int = Field(
        default=ANYBODY, ge=0, le=0xFFFF, description="Screen number, its address; 65534 any"
    )
    device_type: int = Field(default=ANY_TYPE, ge=0, le=0xFF, description="Card type; 254 any")
    run_mode: int = Field(default=0, ge=0, le=5, description="0 loop, 1 hold last, 4 once …")
    run_timeout_s: int = Field(default=5, ge=0, le=0xFFFF, description="For run modes 2 and 3")
    speed: int = Field(default=0, ge=0, le=63, description="Of the turning; 0 is fastest")
    hold_s: float = Field(default=4.0, ge=0, le=127.5, description="A page stays, in 0.5 s steps")
    charset: Charset = Field(
        default="gb2312", description="What the card's font has; other characters show as 〓"
    )
    power: Literal["on", "off"] | None = Field(
        default=None, description="Switch the screen so before the first text"
    )
    brightness: int | None = Field(
        default=None, ge=0, le=15, description="Set it before the first text; 15 is brightest"
    )
    set_clock: bool = Field(
        default=False, description="Set the card's clock to China's time before the first text"
    )
    reply: bool = Field(default=True, description="False on RS-485 broadcast, where none comes")
    reply_timeout_s: float = Field(default=1.0, gt=0, le=30, description="Frame to its answer")
    busy_timeout_s: float = Field(
        default=2.0, ge=0, le=10, description="How long a busy card is asked again"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        area = self.rectangle()
        if area.width < 8 or area.height < 8:
            raise ValueError(saying("area: width and height must be at least 8 pixels"))
        if area.x % area.unit or area.width % area.unit:
            why = saying("area: x and width of a 5k card are multiples of 8 pixels")
            raise ValueError(why)
        return self

    def rectangle(self) -> Area:
        """The dynamic area, in pixels."""
        x, y, width, height = (int(part) for part in self.area.split(","))
        unit = 8 if self.generation == "5k" else 1
        return Area(
            self.area_id, x, y, width, height, unit,
            self.run_mode, self.run_timeout_s, self.speed, self.hold_s,
        )  # fmt: skip
