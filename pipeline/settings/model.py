"""The settings that there are: what each means, what it may be, and what it is where it is not set.

The descriptions are the table in flows/README.md.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from pipeline.errors import SettingsError
from pipeline.profile import Profile
from pipeline.settings import password, values
from pipeline.settings.file import how_to_write
from pipeline.settings.names import PASSWORDS
from pipeline.web_addresses import check_surpass
from schemas.validation_options import (
    HOLDING,
    MAX_ERRORS,
    ValidationOptions,
    half_marks_named,
    warnings_named,
)

Colour = Literal["red", "yellow", "green", "blue", "magenta", "cyan"]
COLOURS: tuple[str, ...] = get_args(Colour)
_PORTS = {"http": 80, "https": 443}
_NOT_RECORDED = {
    "ca_file",
    "home",
    "ledger_url",
    "notify",
    "notify_url",
    "surpass_url",
    *PASSWORDS,
}


class Settings(BaseModel):
    """What an office can decide. All times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    home: Path = Field(
        description="the folder of papermarks.toml, the ledger, the reports and Prefect's records"
    )
    profile: str | None = Field(
        None,
        description="which `[profile.…]` of papermarks.toml is used, such as `live`; `--profile` "
        "goes over it",
    )
    colour: Colour | None = Field(
        None,
        description="the profile's colour on screens and in reports: `red`, `yellow`, `green`, "
        "`blue`, `magenta`, `cyan`",
    )
    surpass_url: Annotated[str, AfterValidator(check_surpass)] | None = Field(
        None, description="your Surpass, such as `https://yourname.surpass.com`"
    )
    surpass_username: Annotated[str, AfterValidator(values.username)] | None = Field(
        None, description="a user of its own for papermarks: a call ends that user's web session"
    )
    surpass_password: Annotated[SecretStr, AfterValidator(values.secret)] | None = Field(
        None, description="that user's password; never shown, logged or written"
    )
    surpass_password_file: Path | None = Field(
        None, description="in place of it: a file that holds the password alone"
    )
    surpass_password_keyring: str | None = Field(
        None,
        description="in place of it: the service under which the system's keyring has it, such as "
        "`papermarks`; needs `pip install 'papermarks[keyring]'`",
    )
    surpass_password_block: str | None = Field(
        None,
        description="in place of it: the name of a Secret block on the Prefect server that "
        "`PREFECT_API_URL` names",
    )
    ca_file: Path | None = Field(
        None,
        description="certificates (PEM) of your own network's authority, trusted beside the usual "
        "ones",
    )
    concurrency: int = Field(8, ge=1, le=256, description="requests to Surpass at once")
    rate_limit: float | None = Field(
        None, gt=0, description="most requests a second; unset: no limit"
    )
    batch_size: int = Field(100, ge=1, le=10_000, description="submissions in a batch")
    timeout: float = Field(30.0, gt=0, description="seconds to wait for one answer")
    max_attempts: int = Field(5, ge=1, le=50, description="tries of one call to Surpass")
    max_retry_seconds: float = Field(120.0, ge=0, description="and the time they may take together")
    retry_wait: float = Field(
        0.5, ge=0, description="seconds before a second try; doubles, with as much jitter"
    )
    quiet_period: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="seconds after a lost answer before anything is sent again; longer than any "
        "gateway before Surpass waits",
    )
    stop_after: int = Field(
        5, ge=1, description="submissions in a row that fail before the run stops sending"
    )
    most_refused: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of refusals over which a run stops sending",
    )
    ledger_url: str | None = Field(
        None,
        description="a PostgreSQL ledger that machines share; unset: `ledger.sqlite` in `HOME`",
    )
    ledger_copies: int = Field(
        14,
        ge=1,
        le=1000,
        description="how many daily copies of a SQLite ledger are kept in `HOME/backup`",
    )
    purge_after: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="days after which the nightly run removes personal data of settled runs, as "
        "`papermarks purge` does; unset: never",
    )
    lease: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="seconds after which a process that is silent counts as dead",
    )
    blank_mark: Literal["error", "not_attempted", "zero"] = Field(
        "error", description="what an empty cell means in a mark sheet"
    )
    hold_on: Annotated[str, AfterValidator(values.warnings)] = Field(
        ", ".join(HOLDING),
        description="the warnings that hold their session for a person; commas between them",
    )
    double_keyed: bool = Field(
        False,
        description="whether a session is sent only once two files have it, `… A` and `… B`, that "
        "agree",
    )
    half_marks: Annotated[str, AfterValidator(values.half_marks)] = Field(
        "error",
        description="what becomes of half marks: `error`, `up`, `down` or `even`; or by test, such "
        "as `BIO-1=up, *=error`",
    )
    blank_answer: Literal["empty", "null", "omit"] = Field(
        "empty",
        description='how an unanswered question is sent: as `""`, as null, or left out (a guess)',
    )
    completion_date: Annotated[dt.datetime, BeforeValidator(values.date)] | None = Field(
        None,
        description="completion date sent with marks, local to Surpass; unset: the run's start",
    )
    time_zone: Annotated[str, AfterValidator(values.time_zone)] | None = Field(
        None,
        description="Surpass's time zone, such as `Europe/London`; unset: the one that it tells",
    )

    read_seconds: float = Field(
        25.0, gt=0, le=3600, description="most seconds that reading one file may take"
    )
    read_memory_mb: int = Field(
        900, ge=100, description="most megabytes of memory that reading one file may take"
    )
    read_file_mb: int = Field(100, ge=1, le=2000, description="most megabytes of a file")
    read_unpacked_mb: int = Field(
        500, ge=1, le=4000, description="most megabytes to which a workbook may unpack"
    )
    read_sheets: int = Field(200, ge=1, description="most sheets of a workbook")
    read_rows: int = Field(1_500_000, ge=1, description="most rows of a sheet or a text file")
    read_columns: int = Field(16_384, ge=1, description="most columns of a sheet or a text file")
    read_cells: int = Field(10_000_000, ge=1, description="most cells of a file, over all sheets")
    read_sessions: int = Field(
        100_000,
        ge=1,
        description="most sessions of a file; one with more is to be divided, and nothing of it is "
        "used",
    )
    read_errors: int = Field(
        50_000,
        ge=1,
        le=MAX_ERRORS,
        description="most wrong cells of a file; one with more is hardly the right file, and "
        "nothing of it is used",
    )
    read_cell_characters: int = Field(
        32_767, ge=100, description="most characters of a cell; Excel has no more"
    )
    settle: float = Field(
        1.0,
        gt=0,
        le=3600,
        description="seconds for which a file in the inbox must lie unchanged before it is taken; "
        "ten times that where it is empty or it cannot be seen whether somebody writes to it",
    )
    poll: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="seconds between looks into the inbox where no notification comes",
    )
    prefect: bool = Field(
        True, description="whether runs show in Prefect, where a server of it is there"
    )
    prefect_port: int = Field(
        4200, ge=1, le=65535, description="where `papermarks serve` has its own Prefect server"
    )
    reports_port: int = Field(
        4201,
        ge=1024,
        le=65535,
        description="where `papermarks serve` shows the reports as web pages, on this machine only",
    )
    nightly: str = Field(
        "0 2 * * *",
        description="when the nightly run starts, as cron writes it, in `TIME_ZONE`, or where that "
        "is unset in this machine's zone",
    )
    auto_void_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        description="days after a session's last day when your Surpass voids it by itself, for "
        "`papermarks outstanding`; unset: it does not",
    )
    shared_limit: str | None = Field(
        None,
        description="a global concurrency limit in Prefect that the requests of all machines share",
    )
    dask: Annotated[str, AfterValidator(values.cluster)] | None = Field(
        None,
        description="a Dask cluster over which a run's batches are spread: `local`, "
        "or its scheduler's address",
    )
    report_identities: Literal["full", "pseudonym"] = Field(
        "full",
        description="whether reports show keycodes and candidate references, or pseudonyms in "
        "place of them",
    )
    count_expected: bool = Field(
        False,
        description="whether a run lists what still waits in Surpass, so that its report says what "
        "is missing, by paper and centre: a request for 40 sessions",
    )
    notify_when: Literal["always", "needs_a_person"] = Field(
        "always", description="after which runs somebody is notified, by `NOTIFY` and `NOTIFY_URL`"
    )
    notify: Annotated[tuple[SecretStr, ...] | None, BeforeValidator(values.addresses)] = Field(
        None,
        description="people who are notified of each run by e-mail, Teams, Slack, …: addresses as "
        "apprise writes them, commas between; never shown, logged or written",
    )
    notify_url: Annotated[SecretStr, AfterValidator(values.webhook)] | None = Field(
        None,
        description="a program that is notified by a POST of JSON: counts, nothing personal",
    )

    @field_validator("dask")
    @classmethod
    def _has_a_ledger_to_share(cls, dask: str | None, info: ValidationInfo) -> str | None:
        if dask and not (info.data.get("ledger_url") or "").startswith("postgresql"):
            raise ValueError("needs a PostgreSQL ledger, which its workers share: set LEDGER_URL")
        return dask

    def require_surpass(self) -> tuple[str, str, SecretStr]:
        """The address of Surpass, our user there, its password. SettingsError: what is missing."""
        url, username = self.surpass_url, self.surpass_username
        secret = None if username is None else self._password(username)
        if url is None or username is None or secret is None:
            needed = {"surpass_url": url, "surpass_username": username}
            missing = [name for name, value in needed.items() if value is None]
            if not any(getattr(self, name) for name in PASSWORDS):
                missing.append("surpass_password")
            raise SettingsError(how_to_write(missing, self.home, self.profile))
        return url, username, secret

    def _password(self, username: str) -> SecretStr | None:
        """From where the settings say that it is; asked there when it is needed, not before."""
        if self.surpass_password_file is not None:
            return SecretStr(password.from_file(self.surpass_password_file.expanduser()))
        if self.surpass_password_keyring is not None:
            return SecretStr(password.from_keyring(self.surpass_password_keyring, username))
        if self.surpass_password_block is not None:
            return SecretStr(password.from_prefect_block(self.surpass_password_block))
        return self.surpass_password

    @property
    def surpass_host(self) -> str:
        """Host and port of Surpass, by which the ledger tells one Surpass from another."""
        parts = urlsplit(self.surpass_url or "")
        return f"{parts.hostname or ''}:{parts.port or _PORTS.get(parts.scheme, '')}"

    @property
    def ledger_location(self) -> str:
        """The ledger's database, as SQLAlchemy writes it."""
        return self.ledger_url or f"sqlite:///{(self.home / 'ledger.sqlite').absolute()}"

    @property
    def shown_profile(self) -> Profile | None:
        """Which Surpass this is, to be said wherever a run is; None without profiles."""
        if self.profile is None:
            return None
        parts = urlsplit(self.surpass_url or "")
        port = f":{parts.port}" if parts.port else ""
        return Profile(self.profile, self.colour, f"{parts.hostname or 'no address'}{port}")

    @property
    def validation(self) -> ValidationOptions:
        """How strictly marks are checked."""
        return ValidationOptions(
            hold_on=frozenset(warnings_named(self.hold_on)),
            half_marks=half_marks_named(self.half_marks),
            max_errors=self.read_errors,
        )

    @property
    def without_secrets(self) -> dict[str, Any]:
        """What a run's record may tell of its settings, as JSON has it: no secret, no address."""
        return self.model_dump(mode="json", exclude=_NOT_RECORDED) | {"surpass": self.surpass_host}

    @property
    def layouts(self) -> Path:
        """Where the office keeps layouts of its own."""
        return self.home / "layouts"

    @property
    def papers(self) -> Path:
        """Where the office keeps its paper definitions."""
        return self.home / "papers"

    @property
    def archive(self) -> Path:
        """Where every source file is kept, by its content."""
        return self.home / "archive"

    @property
    def backup(self) -> Path:
        """Where the copies of the ledger are."""
        return self.home / "backup"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the pseudonyms in reports."""
        return self.home / "pseudonym.key"

    @property
    def reports(self) -> Path:
        """Where each run's reports go, in a folder named by the run's id."""
        return self.home / "reports"
