"""Settings survive, and a damaged file never keeps the program from starting."""

import pytest

from core import paths, settings
from core.errors import MirrorError, OutputNotWritableError
from core.settings import Settings


def test_settings_are_as_they_were_saved() -> None:
    assert settings.load() == Settings()
    settings.set_mirror("https://mirror.example/models/")
    assert settings.load().mirror == "https://mirror.example/models/"
    settings.set_mirror(None)
    assert settings.load() == Settings()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"mirror": 5}', b'{"mirror": "nowhere"}', b"\xff"])
def test_a_damaged_file_gives_the_defaults(content: bytes) -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_bytes(content)
    assert settings.load() == Settings()


def test_what_a_later_version_adds_is_ignored() -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_text('{"mirror": "http://localhost:8000", "colour": "blue"}')
    assert settings.load().mirror == "http://localhost:8000"


@pytest.mark.parametrize("address", ["", "mirror.example", "ftp://mirror.example", "https://", "file:///tmp", "https:// \n"])
def test_a_mirror_must_have_a_web_address(address: str) -> None:
    with pytest.raises(MirrorError):
        settings.set_mirror(address)
    assert settings.load().mirror is None


def test_settings_that_cannot_be_written_are_said() -> None:
    paths.settings_file().parent.parent.mkdir(parents=True)
    paths.settings_file().parent.write_text("in the way")
    with pytest.raises(OutputNotWritableError):
        settings.set_mirror("https://mirror.example")
