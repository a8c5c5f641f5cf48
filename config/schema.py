"""The shape of the one settings file of a hall, as pydantic models.

One TOML file describes a hall; every program reads the same file and takes its part. Times carry
their unit in the name (`_s`, `_ms`). `defaults.toml` names every setting with a comment.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TerminalId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
QueueId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,19}$")]
WindowId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,9}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseModel):
    """Base: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteSettings(Settings):
    """Which service site (服务场所) this hall is."""

    code: str = Field(pattern=r"^\d{12}$", description="12-digit division code")
    name_override: str = Field(default="", description="Hall name instead of the official one")
    name_override_reason: str = Field(default="", description="Why; required with an override")
    contact: str = Field(default="", description="Telephone shown to citizens in trouble")
    notices: list[str] = Field(default_factory=list, description="Lines on board and idle screen")


class BrokerSettings(Settings):
    """The MQTT broker."""

    embedded: bool = Field(default=True, description="Start (or adopt) our own Mosquitto child")
    host: str = "127.0.0.1"
    port: Port = 18830
    tls_ca: Path | None = Field(default=None, description="CA file; TLS is used when set")


class WebSettings(Settings):
    """Console, TV board, health and metrics."""

    host: str = "127.0.0.1"
    port: Port = 18800


class CallingSettings(Settings):
    """Calling policy and the wait estimate."""

    max_wait_minutes: int = Field(
        default=45, ge=1, description="A ticket older than this is called before all younger ones"
    )
    default_service_minutes: float = Field(
        default=6.0, gt=0, description="Service time assumed until enough was measured"
    )
    undo_s: Seconds = 5.0


class QueueSettings(Settings):
    """One queue. `domains` says which items come here; a queue without any takes the rest."""

    id: QueueId
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")]
    name: str
    name_en: str = ""
    domains: list[str] = Field(default_factory=list)
    weight: int = Field(default=1, ge=1, le=10, description="Share when windows serve several")


class PeripheralEntry(Settings):
    """One peripheral (外设). `options` are checked by the driver's own model.

    With `simulated = true` the program starts the driver's simulator and points the real driver
    at it; the options then only need what the simulator cannot provide.
    """

    id: TerminalId
    driver: str
    simulated: bool = False
    options: dict[str, Any] = Field(default_factory=dict)


class WindowSettings(Settings):
    """One window (窗口) and the queues it serves, in order of preference."""

    id: WindowId
    name: str = Field(description="As called out, e.g. 3号窗口")
    queues: list[QueueId] = Field(min_length=1)


class StaffSettings(Settings):
    """One clerk. The PIN is generated at first start and printed once."""

    id: TerminalId
    name: str


class SessionSettings(Settings):
    """How long a kiosk waits for a citizen."""

    idle_s: Seconds = Field(default=60.0, description="Without a touch, then the countdown")
    countdown_s: Seconds = Field(default=15.0, description="Visible countdown before home")
    visit_limit_s: Seconds = Field(default=600.0, description="Longest visit")
    ticket_shown_s: Seconds = Field(default=12.0, description="Ticket screen before home")
    attract_s: Seconds = Field(default=60.0, description="Home untouched, then the idle screen")
    reply_timeout_s: Seconds = Field(default=8.0, description="Without the hall's answer: trouble")


class KioskSettings(Settings):
    """One kiosk (自助终端)."""

    id: TerminalId
    orientation: Literal["portrait", "landscape"] = "portrait"
    fullscreen: bool = True
    language: Literal["zh", "en"] = "zh"
    width: int | None = Field(default=None, ge=320, description="Window width when not full screen")
    height: int | None = Field(default=None, ge=320)
    session: SessionSettings = SessionSettings()
    peripherals: list[PeripheralEntry] = Field(default_factory=list)


class PanelSettings(Settings):
    """Which display stands at which window."""

    window: WindowId
    peripheral: TerminalId


class SpeakerSettings(Settings):
    """Which windows' calls a speaker announces; one that is not named here announces all."""

    peripheral: TerminalId
    windows: list[WindowId] = Field(default_factory=list, description="Empty: all windows")
    max_age_s: Seconds = Field(
        default=60.0, description="A call that could not be said by then is not said any more"
    )


class NodeSettings(Settings):
    """A node: a hall PC's displays and sound."""

    id: TerminalId
    peripherals: list[PeripheralEntry] = Field(default_factory=list)
    panels: list[PanelSettings] = Field(default_factory=list)
    speakers: list[SpeakerSettings] = Field(default_factory=list)


class ControllerSettings(Settings):
    """The controller's own identity and where it keeps things."""

    id: TerminalId = "controller"
    data_dir: Path = Field(default=Path("var"), description="Store, keys, broker files, links")
    owns: list[str] = Field(
        default_factory=list, description="Division codes owned; empty: the site of this file"
    )


class LogSettings(Settings):
    """Logging, JSON lines, personal data redacted."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class HallSettings(Settings):
    """The whole file."""

    site: SiteSettings
    controller: ControllerSettings = ControllerSettings()
    broker: BrokerSettings = BrokerSettings()
    web: WebSettings = WebSettings()
    calling: CallingSettings = CallingSettings()
    log: LogSettings = LogSettings()
    queues: list[QueueSettings] = Field(min_length=1)
    windows: list[WindowSettings] = Field(min_length=1)
    staff: list[StaffSettings] = Field(default_factory=list)
    kiosks: list[KioskSettings] = Field(default_factory=list)
    nodes: list[NodeSettings] = Field(default_factory=list)
