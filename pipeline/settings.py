"""Every setting, read once at the top of a run and passed in from there.

``PAPERMARKS_*`` in the environment goes over ``papermarks.toml`` in ``PAPERMARKS_HOME``. The
descriptions below are the README's table.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from pipeline.errors import SettingsError
from pipeline.ledger import Ledger
from pipeline.notify import NotifyTargets, Post
from pipeline.surpass import Access
from pipeline.validate.options import (
    HOLDING,
    ValidationOptions,
    half_marks_named,
    warnings_named,
)

FILE = "papermarks.toml"
PREFIX = "PAPERMARKS_"
_PORTS = {"http": 80, "https": 443}
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://yourname.surpass.com")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise ValueError("must begin with https://, or the password would travel unencrypted")
    return url


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be a time zone such as Europe/London") from error
    return name


def _cluster(address: str) -> str:
    if address != "local" and not re.fullmatch(r"(tcp|tls)://\S+:\d+", address):
        raise ValueError("must be local, or a scheduler's address such as tls://host:8786")
    return address


_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _cron(text: str) -> str:
    fields = text.split()
    if len(fields) != len(_CRON) or not all(map(_fits, fields, _CRON)):
        raise ValueError("must be five fields of digits as cron writes them, such as 0 2 * * *")
    return text


def _fits(field: str, bounds: tuple[int, int]) -> bool:
    spans = [part.partition("/")[0] for part in field.split(",")]
    numbers = [number for span in spans if span != "*" for number in span.split("-")]
    steps = [part.partition("/")[2] for part in field.split(",") if "/" in part]
    return (
        all(number.isdecimal() for number in (*numbers, *steps))
        and all(bounds[0] <= int(number) <= bounds[1] for number in numbers)
        and "0" not in steps
    )


def _warnings(text: str) -> str:
    return ", ".join(warnings_named(text))


def _half_marks(text: str) -> str:
    half_marks_named(text)
    return text


class Settings(BaseModel):
    """What an office can decide. All times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(
        description="the folder of papermarks.toml, the ledger, the reports and Prefect's records"
    )
    surpass_url: Annotated[str, AfterValidator(_address)] | None = Field(
        None, description="your Surpass, such as `https://yourname.surpass.com`"
    )
    surpass_username: str | None = Field(
        None, description="a user of its own for papermarks: a call ends that user's web session"
    )
    surpass_password: SecretStr | None = Field(
        None, description="that user's password; never shown, logged or written"
    )
    concurrency: int = Field(8, ge=1, le=64, description="requests to Surpass at once")
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
    half_marks: Annotated[str, AfterValidator(_half_marks)] = Field(
        "error",
        description="what becomes of half marks: `error`, `up`, `down` or `even`; or by test, such "
        "as `BIO-1=up, *=error`",
    )
    blank_answer: Literal["empty", "null", "omit"] = Field(
        "empty",
        description='how an unanswered question is sent: as `""`, as null, or left out (a guess)',
    )
    completion_date: dt.datetime | None = Field(
        None,
        description="completion date sent with marks, local to Surpass; unset: the run's start",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="Surpass's time zone, such as `Europe/London`; unset: this machine's"
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
        True, description="whether runs show in Prefect; without it small runs start sooner"
    )

    prefect_port: int = Field(
        4200, ge=1, le=65535, description="where `papermarks serve` has its own Prefect server"
    )
    nightly: Annotated[str, AfterValidator(_cron)] = Field(
        "0 2 * * *", description="when the nightly run starts, as cron writes it, in `TIME_ZONE`"
    )
    shared_limit: str | None = Field(
        None,
        description="a global concurrency limit in Prefect that the requests of all machines share",
    )
    dask: Annotated[str, AfterValidator(_cluster)] | None = Field(
        None,
        description="a Dask cluster over which a run's batches are spread: `local`, "
        "or its scheduler's address",
    )
    notify_when: Literal["always", "needs_a_person"] = Field(
        "always", description="after which runs somebody is told; by `NOTIFY_URL`, `NOTIFY_TO`"
    )
    notify_url: SecretStr | None = Field(
        None, description="a webhook, told of each run by a POST of JSON: counts, nothing personal"
    )
    notify_to: str | None = Field(
        None, description="who is told of each run by e-mail; commas between addresses"
    )
    smtp_host: str | None = Field(
        None, validate_default=True, description="the server that sends the e-mail"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="and its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how it is spoken to: `tls` is for port 465"
    )
    smtp_username: str | None = Field(None, description="where it wants a login")
    smtp_password: SecretStr | None = Field(
        None, description="that login's password; never shown, logged or written"
    )
    smtp_from: str | None = Field(
        None, description="the e-mail's sender; unset: the first of `NOTIFY_TO`"
    )

    @field_validator("dask")
    @classmethod
    def _has_a_ledger_to_share(cls, dask: str | None, others: ValidationInfo) -> str | None:
        if dask and not (others.data.get("ledger_url") or "").startswith("postgresql"):
            raise ValueError("needs a PostgreSQL ledger, which its workers share: set LEDGER_URL")
        return dask

    @field_validator("smtp_host")
    @classmethod
    def _sends_what_is_asked(cls, host: str | None, others: ValidationInfo) -> str | None:
        if others.data.get("notify_to") and not host:
            raise ValueError("must be set where NOTIFY_TO is: the server that sends the e-mail")
        return host

    @property
    def access(self) -> Access:
        """How to reach Surpass. SettingsError names what is missing."""
        missing = [
            name
            for name in ("surpass_url", "surpass_username", "surpass_password")
            if getattr(self, name) is None
        ]
        if missing:
            raise SettingsError(_missing(missing, self.home))
        assert self.surpass_url  # noqa: S101  # said by the lines above
        assert self.surpass_username  # noqa: S101
        assert self.surpass_password  # noqa: S101
        return Access(
            url=self.surpass_url,
            username=self.surpass_username,
            password=self.surpass_password.get_secret_value(),
            timeout=self.timeout,
            max_attempts=self.max_attempts,
            max_retry_seconds=self.max_retry_seconds,
            retry_wait=self.retry_wait,
            concurrency=self.concurrency,
            rate_limit=self.rate_limit,
        )

    def ledger(self) -> Ledger:
        """The ledger, of what was sent to this Surpass. LedgerError where it cannot be opened."""
        here = f"sqlite:///{(self.home / 'ledger.sqlite').absolute()}"
        parts = urlsplit(self.surpass_url or "")
        address = f"{parts.hostname or ''}:{parts.port or _PORTS.get(parts.scheme, '')}"
        return Ledger(self.ledger_url or here, address, self.lease)

    @property
    def ways(self) -> NotifyTargets:
        """Who is told of a run, and how."""
        return NotifyTargets(
            _shown(self.notify_url), self._post, only_problems=self.notify_when == "needs_a_person"
        )

    @property
    def _post(self) -> Post | None:
        to = tuple(part.strip() for part in (self.notify_to or "").split(",") if part.strip())
        if not to or self.smtp_host is None:
            return None
        return Post(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_username,
            password=_shown(self.smtp_password),
            sender=self.smtp_from or to[0],
            to=to,
        )

    @property
    def validation(self) -> ValidationOptions:
        """How strictly marks are checked."""
        return ValidationOptions(
            hold_on=frozenset(warnings_named(self.hold_on)),
            half_marks=half_marks_named(self.half_marks),
        )

    @property
    def layouts(self) -> Path:
        """Where the office keeps layouts of its own."""
        return self.home / "layouts"

    @property
    def papers(self) -> Path:
        """Where the office keeps its paper definitions."""
        return self.home / "papers"

    @property
    def reports(self) -> Path:
        """Where each run's reports go, in a folder named by the run's id."""
        return self.home / "reports"


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. SettingsError names the setting that is wrong and how to set it."""
    told = {
        name: value
        for name in Settings.model_fields
        if (value := environment.get(f"{PREFIX}{name.upper()}"))
    }
    home = Path(told.get("home") or Path.home() / "papermarks").expanduser()
    try:
        return Settings(**(_file(home / FILE) | told | {"home": home}))
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{PREFIX}{'_'.join(map(str, item['loc'])).upper()}: {_said(item)}"
                for item in error.errors(include_input=False, include_url=False)
            )
        ) from None  # the original shows values, which may be secret


def _file(path: Path) -> dict[str, Any]:
    try:
        return {
            name.lower(): value for name, value in tomllib.loads(path.read_text("utf-8")).items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def _said(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return f"there is no such setting; remove it from {FILE}"
    return str(item["msg"]).removeprefix("Value error, ")


def _missing(names: list[str], home: Path) -> str:
    lines = "\n".join(f'  {name} = "…"' for name in names)
    variables = ", ".join(f"{PREFIX}{name.upper()}" for name in names)
    return (
        f"To talk to Surpass, papermarks needs: {', '.join(names)}.\n"
        f"Write in {home / FILE}:\n{lines}\nor set in the environment: {variables}.\n"
        "To see it work without Surpass: papermarks demo"
    )
