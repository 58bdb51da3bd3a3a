"""Settings survive, and a damaged file never keeps the program from starting."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import paths, settings
from core.errors import MirrorError, OutputNotWritableError
from core.files import write_whole
from core.output import Output
from core.settings import Settings

ROOT = Path(__file__).parents[2]

MANY = Settings(
    mirror="https://mirror.example/models/",
    output_device=("Speakers", "ALSA"),
    output_latency_s=0.2,
    model="spleeter:4stems",
    engine="openvino",
    device="cpu",
    precision="f32",
    threads=3,
    export_folder="/music/स्टेम",
    queue_folder="/queue/" + os.fsdecode(b"caf\xe9") if os.name == "posix" else "C:\\queue",
    output=Output("mp3", bitrate=192_000, template="{artist}/{stem}", existing="number", loud="limit", tags=False),
    language="hi",
    theme="dark",
    master_db=-6.5,
    window="AdnQywADAAA=",
)


def put(content: str | bytes | dict[str, Any]) -> None:
    """Makes it the file of the settings."""
    file = paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content) if isinstance(content, dict) else content
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def kept() -> Any:
    return json.loads(paths.settings_file().read_bytes())


def aside() -> Path:
    return paths.settings_file().with_name("settings.json.bad")


def test_settings_are_as_they_were_saved() -> None:
    assert settings.load() == Settings()
    settings.save(MANY)
    assert settings.load() == MANY
    settings.set_mirror(None)
    settings.set_output_device(None)
    assert settings.load() == settings.change(mirror=None, output_device=None, output_latency_s=None)
    assert settings.load().theme == "dark"


def test_only_what_differs_from_the_defaults_is_in_the_file() -> None:
    settings.save(Settings(threads=2, output=Output("flac")))
    assert kept() == {"threads": 2, "output": {"codec": "flac"}, "version": 0}
    settings.save(Settings())
    assert kept() == {"version": 0}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b"\0" * 4096, b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000]
)
def test_a_file_that_is_damaged_gives_the_defaults_and_is_set_aside_once(content: bytes) -> None:
    put(content)
    assert settings.load() == Settings()
    assert aside().read_bytes() == content
    settings.set_mirror("https://mirror.example")
    assert settings.load().mirror == "https://mirror.example"
    assert aside().read_bytes() == content


def test_a_file_that_is_damaged_when_it_is_written_anew_is_set_aside_too() -> None:
    put(b"{torn")
    assert settings.change(theme="dark") == Settings(theme="dark") == settings.load()
    assert aside().read_bytes() == b"{torn"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mirror", 5),
        ("mirror", "nowhere"),
        ("output_device", ["Speakers"]),
        ("output_latency_s", 0),
        ("output_latency_s", 60.0),
        ("output_latency_s", "short"),
        ("model", ["builtin"]),
        ("engine", "caffe"),
        ("device", "tpu"),
        ("precision", True),
        ("threads", 0),
        ("threads", 2.5),
        ("threads", 10**400),
        ("export_folder", "  "),
        ("queue_folder", "a\0b"),
        ("output", "wav"),
        ("language", "klingon"),
        ("theme", {}),
        ("master_db", 99),
        ("master_db", -(10**400)),
        ("window", "not base64!"),
        ("window", "A" * 8192),
    ],
)
def test_a_bad_value_becomes_its_default_with_a_line_in_the_log_and_the_others_stay(
    name: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings.save(MANY)
    put(kept() | {name: value})
    found = settings.load()
    assert getattr(found, name) == getattr(Settings(), name)
    others = set(Settings.__struct_fields__) - {name}
    assert {other: getattr(found, other) for other in others} == {other: getattr(MANY, other) for other in others}
    assert f"the setting {name} cannot be used" in caplog.text
    assert not aside().exists()


def test_a_bad_value_within_the_output_takes_only_what_depends_on_it() -> None:
    put({"output": {"codec": "mp3", "bitrate": 5, "template": "{nonsense}", "loud": "clip", "tags": "no", "rate": -1}})
    assert settings.load().output == Output("mp3", loud="clip")
    put({"output": {"codec": "midi", "depth": 24, "bitrate": 192_000, "existing": "number"}})
    assert settings.load().output == Output("wav", depth=24, existing="number")


def test_what_a_newer_version_keeps_is_still_there_after_a_change() -> None:
    output = {"dither": [1, None], "codec": "flac"}
    put({"version": 7, "colour": "blue", "mirror": "http://localhost:8000", "output": output})
    assert settings.change(threads=4) == Settings(mirror="http://localhost:8000", threads=4, output=Output("flac"))
    assert kept() == {
        "version": 7,
        "colour": "blue",
        "mirror": "http://localhost:8000",
        "threads": 4,
        "output": output,
    }


def renamed(raw: dict[str, Any]) -> dict[str, Any]:
    raw["mirror"] = raw.pop("server")
    return raw


def in_decibels(raw: dict[str, Any]) -> dict[str, Any]:
    raw["master_db"] = raw.pop("volume_percent") - 100
    return raw


def test_an_old_file_is_brought_up_to_date_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STEPS", (renamed, in_decibels))
    put({"server": "http://old.example", "volume_percent": 90, "theme": "dark"})
    assert settings.load() == Settings(mirror="http://old.example", master_db=-10, theme="dark")
    settings.change(theme="light")
    assert kept() == {"mirror": "http://old.example", "master_db": -10.0, "theme": "light", "version": 2}
    assert settings.load() == Settings(mirror="http://old.example", master_db=-10, theme="light")
    put({"version": 1, "mirror": "http://newer.example", "volume_percent": 80})
    assert settings.load() == Settings(mirror="http://newer.example", master_db=-20)


def test_an_old_file_with_nonsense_in_it_loses_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STEPS", (renamed, in_decibels))
    put({"version": "one", "volume_percent": "loud", "theme": "dark"})
    assert settings.load() == Settings(theme="dark")


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["wav", "mp3", "auto", "hi"])
garbage = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
outputs = st.dictionaries(st.sampled_from(Output.__struct_fields__), garbage)
objects = st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*Settings.__struct_fields__, "version", "other"), garbage | outputs)
)
unhurried = hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@given(objects | garbage)
@unhurried
def test_no_value_in_the_file_keeps_it_from_being_loaded_and_written_again(content: object) -> None:
    put(json.dumps(content))
    found = settings.load()
    changed = settings.change(master_db=-3.0)
    assert settings.load() == changed
    assert changed == msgspec.structs.replace(found, master_db=-3.0)


@given(st.binary(max_size=200))
@unhurried
def test_no_bytes_in_the_file_keep_it_from_being_loaded(content: bytes) -> None:
    put(content)
    assert isinstance(settings.load(), Settings)


@pytest.mark.parametrize("address", ["", "mirror.example", "ftp://mirror.example", "https://", "file:///tmp", "https:// \n"])
def test_a_mirror_must_have_a_web_address(address: str) -> None:
    with pytest.raises(MirrorError):
        settings.set_mirror(address)
    assert settings.load().mirror is None


@pytest.mark.parametrize("fields", [{"threads": 0}, {"mirror": "x"}, {"master_db": float("nan")}])
def test_a_change_to_what_is_impossible_changes_nothing(fields: dict[str, Any]) -> None:
    settings.change(theme="dark")
    with pytest.raises(ValueError, match=next(iter(fields))):
        settings.change(**fields)
    assert settings.load() == Settings(theme="dark")


def test_settings_that_cannot_be_written_are_said() -> None:
    paths.settings_file().parent.parent.mkdir(parents=True)
    paths.settings_file().parent.write_text("in the way")
    with pytest.raises(OutputNotWritableError):
        settings.set_mirror("https://mirror.example")
    assert settings.load() == Settings()


def test_settings_that_cannot_be_read_are_not_overwritten() -> None:
    paths.settings_file().mkdir(parents=True)
    assert settings.load() == Settings()
    with pytest.raises(OutputNotWritableError):
        settings.change(theme="dark")


def test_changes_of_many_threads_are_all_kept() -> None:
    names = ["model", "export_folder", "queue_folder"]

    def work(name: str) -> None:
        for number in range(20):
            settings.change(**{name: f"{name} {number}"})

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [getattr(settings.load(), name) for name in names] == [f"{name} 19" for name in names]


PROGRAM = """
import itertools, sys
from core import settings
for number in itertools.count(1):
    settings.change(**{sys.argv[1]: f"{number} " + "x" * 20_000})
    print(number, flush=True)
    if number == int(sys.argv[2]):
        break
"""


def start(name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_changes_of_two_programs_are_all_kept() -> None:
    programs = [start("model", 30), start("export_folder", 30)]
    for program in programs:
        program.communicate()
        assert program.returncode == 0
    found = settings.load()
    assert found.model is not None
    assert found.export_folder is not None
    assert {found.model.split()[0], found.export_folder.split()[0]} == {"30"}


@pytest.mark.parametrize("after", [1, 2, 5, 9, 14])
def test_a_program_that_is_killed_while_it_writes_leaves_whole_settings(after: int) -> None:
    settings.change(theme="dark")
    program = start("model", 10**6)
    assert program.stdout is not None
    for _ in range(after):
        said = program.stdout.readline()
    program.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    program.communicate()
    found = settings.load()
    assert found.theme == "dark"
    assert found.model is not None
    assert int(found.model.split()[0]) >= int(said)
    assert not aside().exists()
    settings.change(theme="light")
    assert settings.load().model == found.model


def test_what_a_killed_program_left_half_written_is_removed() -> None:
    settings.change(theme="dark")
    folder = paths.settings_file().parent
    (folder / ".settings.json-left").write_text("{half")
    write_whole(folder / "other.json", "{}")
    settings.change(theme="light")
    assert {path.name for path in folder.iterdir()} <= {"settings.json", ".settings.json.lock", "other.json"}
