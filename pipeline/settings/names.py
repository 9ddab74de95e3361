"""Where settings are written, and how: `papermarks.toml`, and variables of the environment."""

FILE = "papermarks.toml"
PREFIX = "PAPERMARKS_"
PROFILE = f"{PREFIX}PROFILE"
RUNNER = f"{PREFIX}RUNNER"  # no setting: by which a run knows the process that must live
PASSWORDS = tuple(f"surpass_password{place}" for place in ("", "_file", "_keyring", "_block"))
"""The settings that say where the password is: one of them is set."""
