"""Every setting, read once at the top of a run and passed in from there.

``PAPERMARKS_*`` in the environment goes over ``papermarks.toml`` in ``PAPERMARKS_HOME``. Where an
office has more than one Surpass, the file has a table for each, ``[profile.live]`` and
``[profile.test]``: the one that PAPERMARKS_PROFILE names goes over the rest of the file, and the
environment over both. The descriptions below are the table in flows/README.md.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
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
    ValidationError,
    ValidationInfo,
    field_validator,
)

from pipeline import password
from pipeline.errors import SettingsError
from pipeline.home import home_of
from pipeline.profile import Profile
from pipeline.web_addresses import check_surpass, check_webhook
from schemas.validation_options import (
    HOLDING,
    ValidationOptions,
    half_marks_named,
    warnings_named,
)

FILE = "papermarks.toml"
PREFIX = "PAPERMARKS_"
PROFILE = f"{PREFIX}PROFILE"
RUNNER = f"{PREFIX}RUNNER"  # no setting: by which a run knows the process that must live
Colour = Literal["red", "yellow", "green", "blue", "magenta", "cyan"]
COLOURS: tuple[str, ...] = get_args(Colour)
_PROFILES = "profile"  # the table of tables in the file
_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")  # it stands in sheets' titles, tags, subjects
_PORTS = {"http": 80, "https": 443}
_PASSWORDS = tuple(f"surpass_password{place}" for place in ("", "_file", "_keyring", "_block"))
_DATE = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]($|[T ])", re.ASCII)
_NOT_RECORDED = {
    "ca_file",
    "home",
    "ledger_url",
    "notify",
    "notify_url",
    "surpass_url",
    *_PASSWORDS,
}


def _check_username(name: str) -> str:
    if not name.strip().isprintable() or ":" in name:
        raise ValueError("must be one line, without a colon")
    return name.strip()


def _check_secret(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().isprintable():
        raise ValueError("must be one line: was a line break pasted with it?")
    return secret


def _check_webhook(address: SecretStr) -> SecretStr:
    return SecretStr(check_webhook(address.get_secret_value()))


def _written_date(value: object) -> object:
    """A date as people write it; a bare number would be taken for seconds since 1970."""
    if isinstance(value, dt.date) or (isinstance(value, str) and _DATE.match(value.strip())):
        return value
    raise ValueError("must be a date such as 2026-06-15, or with a time: 2026-06-15T09:30:00")


def _check_zone(name: str) -> str:
    from pipeline.time_zones import known_zone  # only where a zone is set

    zone = known_zone(name)
    if zone is None:
        raise ValueError("must be a time zone such as Europe/London, or Windows's name for one")
    return zone.key


def _check_cluster(address: str) -> str:
    if address != "local" and not re.fullmatch(r"(tcp|tls)://\S+:\d+", address):
        raise ValueError("must be local, or a scheduler's address such as tls://host:8786")
    return address


_BETWEEN_ADDRESSES = re.compile(r"[\s,]+(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)


def _split_addresses(value: object) -> object:
    """As a list; in one text, commas or spaces stand between them, and may stand within them."""
    parts = _BETWEEN_ADDRESSES.split(value.strip(" ,")) if isinstance(value, str) else value
    if isinstance(parts, list) and not all("://" in str(part) for part in parts):
        raise ValueError(
            "must be addresses as apprise writes them, such as mailtos://…, commas between"
        )
    return parts


def _warnings(text: str) -> str:
    return ", ".join(warnings_named(text))


def _half_marks(text: str) -> str:
    half_marks_named(text)
    return text


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
    surpass_username: Annotated[str, AfterValidator(_check_username)] | None = Field(
        None, description="a user of its own for papermarks: a call ends that user's web session"
    )
    surpass_password: Annotated[SecretStr, AfterValidator(_check_secret)] | None = Field(
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
    hold_on: Annotated[str, AfterValidator(_warnings)] = Field(
        ", ".join(HOLDING),
        description="the warnings that hold their session for a person; commas between them",
    )
    double_keyed: bool = Field(
        False,
        description="whether a session is sent only once two files have it, `… A` and `… B`, that "
        "agree",
    )
    half_marks: Annotated[str, AfterValidator(_half_marks)] = Field(
        "error",
        description="what becomes of half marks: `error`, `up`, `down` or `even`; or by test, such "
        "as `BIO-1=up, *=error`",
    )
    blank_answer: Literal["empty", "null", "omit"] = Field(
        "empty",
        description='how an unanswered question is sent: as `""`, as null, or left out (a guess)',
    )
    completion_date: Annotated[dt.datetime, BeforeValidator(_written_date)] | None = Field(
        None,
        description="completion date sent with marks, local to Surpass; unset: the run's start",
    )
    time_zone: Annotated[str, AfterValidator(_check_zone)] | None = Field(
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
    read_rows: int = Field(500_000, ge=1, description="most rows of a sheet or a text file")
    read_columns: int = Field(16_384, ge=1, description="most columns of a sheet or a text file")
    read_cells: int = Field(10_000_000, ge=1, description="most cells of a file, over all sheets")
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
    dask: Annotated[str, AfterValidator(_check_cluster)] | None = Field(
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
    notify: Annotated[tuple[SecretStr, ...] | None, BeforeValidator(_split_addresses)] = Field(
        None,
        description="people who are notified of each run by e-mail, Teams, Slack, …: addresses as "
        "apprise writes them, commas between; never shown, logged or written",
    )
    notify_url: Annotated[SecretStr, AfterValidator(_check_webhook)] | None = Field(
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
            if not any(getattr(self, name) for name in _PASSWORDS):
                missing.append("surpass_password")
            raise SettingsError(_missing_message(missing, self.home, self.profile))
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


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Load the settings. SettingsError names the setting that is wrong and how to set it."""
    from_environment = {
        name: value
        for name in Settings.model_fields
        if (value := environment.get(f"{PREFIX}{name.upper()}"))
    }
    _none_unknown(environment)
    home = home_of(environment)
    from_file, tables = _read_profiles(home / FILE)
    if chosen_profile := from_environment.pop("profile", None):
        from_file |= _profile_settings(chosen_profile.strip().lower(), tables)
    values = from_file | from_environment | {"home": home}
    _only_one_password(values)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{PREFIX}{'_'.join(map(str, item['loc'])).upper()}: {_error_message(item)}"
                for item in error.errors(include_input=False, include_url=False)
            )
        ) from None  # the original shows values, which may be secret


def _none_unknown(environment: Mapping[str, str]) -> None:
    """SettingsError for a misspelt variable, which would have no effect and never be noticed."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {RUNNER}
    ours = sorted(name for name in environment if name.upper().startswith(PREFIX))
    unknown = [name for name in ours if name not in known]
    if unknown:
        raise SettingsError(
            "\n".join(f"{name}: there is no such setting. {_nearest(name)}" for name in unknown)
        )


def _nearest(name: str) -> str:
    """What was perhaps meant by a name that is no setting's."""
    wanted = name.upper().removeprefix(PREFIX).lower()
    near = get_close_matches(wanted, Settings.model_fields, n=1)
    if not near:
        return "Remove it; flows/README.md lists all settings."
    upper = name.upper().startswith(PREFIX)
    return f"Did you mean {PREFIX + near[0].upper() if upper else near[0]}?"


def _only_one_password(values: Mapping[str, Any]) -> None:
    """SettingsError where two places are named: one would be used without a word."""
    given = [name for name in _PASSWORDS if values.get(name)]
    if len(given) > 1:
        names = " or ".join(f"{PREFIX}{name.upper()}" for name in given)
        raise SettingsError(f"set {names}, not both")


def profiles(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The names of the profiles that the office has. SettingsError where the file is broken."""
    return tuple(_read_profiles(home_of(environment) / FILE)[1])


def _read_profiles(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the file says for all profiles, and what for each of them, by name."""
    shared = _read_file(path)
    tables = shared.pop(_PROFILES, {})
    if not isinstance(tables, dict) or not all(isinstance(key, dict) for key in tables.values()):
        raise SettingsError(f"{path}: write each profile as a table, such as [profile.live]")
    for name, table in tables.items():
        if not _PROFILE_NAME.fullmatch(name):
            raise SettingsError(
                f"{path}: a profile's name is at most 20 letters, digits, - or _, not '{name}'"
            )
        for forbidden in {"home", "profile"} & {key.lower() for key in table}:
            raise SettingsError(f"{path}: [profile.{name}] cannot set {forbidden}")
    lower_tables = {
        name.lower(): {key.lower(): value for key, value in table.items()}
        for name, table in tables.items()
    }
    if len(lower_tables) < len(tables):
        raise SettingsError(f"{path}: two profiles have names that differ in their case only")
    return shared, lower_tables


def _profile_settings(name: str, tables: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if name not in tables:
        there_are = f"there are: {', '.join(tables)}" if tables else "there are none"
        raise SettingsError(f"there is no profile '{name}' in {FILE}; {there_are}")
    return tables[name] | {"profile": name}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return {
            name.lower(): value for name, value in tomllib.loads(path.read_text("utf-8")).items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def _error_message(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        name = str(item["loc"][0])
        return f"there is no such setting in {FILE} ({name}). {_nearest(name)}"
    return str(item["msg"]).removeprefix("Value error, ")


def _missing_message(names: list[str], home: Path, profile: str | None) -> str:
    existing = profiles({f"{PREFIX}HOME": str(home)})
    if profile is None and existing:
        return (
            f"Which Surpass? {home / FILE} has the profiles {', '.join(existing)}.\n"
            f"Say papermarks --profile {existing[0]} …, or set {PROFILE}={existing[0]}."
        )
    lines = "\n".join(f'  {name} = "…"' for name in names)
    variables = ", ".join(f"{PREFIX}{name.upper()}" for name in names)
    under = "" if profile is None else f", under [profile.{profile}]"
    return (
        f"To talk to Surpass, papermarks needs: {', '.join(names)}.\n"
        f"Write in {home / FILE}{under}:\n{lines}\nor set in the environment: {variables}.\n"
        "To see it work without Surpass: papermarks demo"
    )
