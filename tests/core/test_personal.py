"""Home folder and names go from a text in whichever way they are written, and nothing else does."""

import getpass
import json
import platform
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from core import personal

Be = Callable[[str, str], None]


@pytest.fixture
def be(monkeypatch: pytest.MonkeyPatch) -> Be:
    """Makes the user one of that home folder and that name, at the computer "studio-7"."""

    def become(home: str, user: str) -> None:
        monkeypatch.setattr(Path, "home", lambda: Path(home))
        monkeypatch.setattr(getpass, "getuser", lambda: user)
        monkeypatch.setattr(platform, "node", lambda: "studio-7.example.org")

    return become


WAYS: list[Callable[[str], str]] = [
    str,
    repr,
    ascii,
    json.dumps,
    lambda path: "file://" + quote(path),
    lambda path: f'File "{path}", line 3',
    str.upper,
]


@pytest.mark.parametrize("write", WAYS, ids=range(len(WAYS)))
@pytest.mark.parametrize("home", ["/home/anna", "/Users/Anna Müller", "/home/आना", "/home/o'neil"])
def test_the_home_folder_is_a_tilde_however_it_is_written(home: str, write: Callable[[str], str], be: Be) -> None:
    be(home, "anna")
    hidden = personal.without_home(write(f"{home}/Music/a.mp3"))
    assert "~/Music/a.mp3".casefold() in hidden.casefold()
    assert Path(home).name.casefold() not in hidden.casefold()


def test_windows_paths_are_found_with_all_kinds_of_slashes(be: Be) -> None:
    be("C:\\Users\\anna", "anna")
    for way in ("C:\\Users\\anna\\x", "C:\\\\Users\\\\anna\\\\x", "c:\\users\\ANNA\\x"):
        assert personal.without_home(way).startswith("~")


@pytest.mark.parametrize("path", ["/home/annabelle/a.mp3", "/home/anna-2/a.mp3", "/home/anna_old", "/srv/home2/anna"])
def test_the_folder_of_somebody_else_stays(path: str, be: Be) -> None:
    be("/home/anna", "anna")
    assert personal.without_home(path) == path


def test_names_go_where_they_stand_by_themselves(be: Be) -> None:
    be("/home/anna", "anna")
    text = "/media/Anna/USB anna@studio-7 ANNA_1 annals Susanna /mnt/anna studio-7.example.org"
    expected = "/media/<user>/USB <user>@<computer> <user>_1 annals Susanna /mnt/<user> <computer>"
    assert personal.without_names(text) == expected


def test_a_short_name_goes_from_paths_only(be: Be) -> None:
    be("/home/a", "a")
    assert personal.without_names("a song in /media/a/USB and /home/a/x") == "a song in /media/<user>/USB and ~/x"


@pytest.mark.parametrize("home", ["/", "."])
def test_without_a_home_folder_paths_stay(home: str, be: Be) -> None:
    be(home, "nobody-here")
    assert personal.without_names("/usr/lib/x.so ./y") == "/usr/lib/x.so ./y"


def test_a_user_whom_the_system_does_not_know_has_no_name(be: Be, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    be("/home/anna", "anna")
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(getpass, "getuser", lambda: (_ for _ in ()).throw(OSError("No username set")))
    assert personal.without_names("/home/anna/x on studio-7") == "/home/anna/x on <computer>"


def test_a_home_that_is_a_link_is_found_by_its_real_name_too(be: Be, tmp_path: Path) -> None:
    (tmp_path / "disk" / "people").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "disk" / "people")
    be(str(tmp_path / "home"), "anna")
    assert personal.without_home(f"{tmp_path}/disk/people/x {tmp_path}/home/x") == "~/x ~/x"
