"""What the installers are made from, at a glance; ``dev.py package`` and installer/smoke_test.py try the real thing."""

import ast
import email
import os
import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import dev
from core import __version__
from core.songs import EXTENSIONS
from installer import confined, contents, file_types, icon_files, licences, smoke_test, version_info
from installer.frozen import FULL, Frozen
from installer.linux import appimage, deb, desktop
from installer.windows import setup

ROOT = Path(__file__).parents[1]
INSTALLER = ROOT / "installer"
REQUIREMENTS = INSTALLER / "requirements"

# As uv names them. Qt needs a C library as new as 2.34 on Linux, and macOS 14.
PLATFORMS = {"linux": "x86_64-manylinux_2_34", "windows": "windows", "macos": "aarch64-apple-darwin"}


def test_the_spec_compiles_and_names_what_exists() -> None:
    text = (INSTALLER / "antara.spec").read_text("utf-8")
    tree = ast.parse(text)
    compile(tree, "antara.spec", "exec")
    names = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for name in ("main.py", "resources"):
        assert name in names
        assert (ROOT / name).exists()
    for name in ("hooks/runtime.py", "windows/antara.manifest", "macos/entitlements.plist"):
        assert names >= set(name.split("/"))
        assert (INSTALLER / name).exists()


def test_the_hooks_compile() -> None:
    for hook in (INSTALLER / "hooks").glob("*.py"):
        compile(hook.read_text("utf-8"), hook.name, "exec")


@pytest.mark.parametrize("name", ["icons/play.svg", "i18n/antara_hi.qm", "models/builtin/weights.npz", "models.json"])
def test_what_the_program_reads_goes_into_the_bundle(name: str) -> None:
    assert (ROOT / "resources" / name).exists()
    assert contents.is_resource(f"resources/{name}")
    assert not contents.reason_against(f"resources/{name}")


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "openvino/libs/libopenvino_onnx_frontend.so.2640",
        "openvino/libs/libopenvino_intel_cpu_plugin.so",
        "libportaudio.so.2",
        "av.libs/libasound-c7818c60.so.2.0.0",
    ],
)
def test_nothing_that_is_needed_is_left_out(name: str) -> None:
    assert not contents.reason_against(name)


def test_what_is_left_out_has_a_reason() -> None:
    assert contents.reason_against("openvino/libs/libopenvino_tensorflow_frontend.so.2640")
    assert contents.reason_against("libasound.so.2")
    assert contents.reason_against("PySide6/Qt/translations/qtbase_de.qm")
    assert not contents.reason_against("PySide6/Qt/translations/qtbase_en.qm")


def test_all_that_the_app_needs_is_required_but_tensorflow_which_the_full_variant_brings() -> None:
    everything = names_in([ROOT / "requirements.txt", ROOT / "requirements-no-deps.txt"])
    full = names_in(REQUIREMENTS.glob("full*.txt"))
    light = names_in(REQUIREMENTS.glob("*.txt")) - names_in([REQUIREMENTS / "build.txt"]) - full
    assert full == {"tensorflow", "tf-keras", "pandas"}
    assert everything == light | full


def names_in(files: Sequence[Path] | object) -> set[str]:
    lines = [line for file in files for line in Path(file).read_text().splitlines()]  # type: ignore[attr-defined]
    return {re.split(r"[=; ]", line)[0].lower() for line in lines if line and line[0] not in "#-"}


def test_an_environment_is_made_anew_when_a_file_that_is_referred_to_changes(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("# pins\n")
    (tmp_path / "part.txt").write_text("-c all.txt\nnumpy\n")
    before = dev.contents(tmp_path / "part.txt")
    (tmp_path / "all.txt").write_text("numpy==2\n")
    assert dev.contents(tmp_path / "part.txt") != before


def test_the_requirements_can_be_had_as_wheels_for_each_system(full: bool) -> None:
    """A resolver goes through them with all that they need, as on that system; only metadata is fetched.

    Those of TensorFlow and PyTorch take minutes: they are asked for by ``python3 dev.py soak tests/test_installer.py``.
    """
    found = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not found:
        pytest.skip("no uv, which resolves for other systems (requirements-dev.txt)")
    options = "--quiet --no-header --no-annotate --native-tls --only-binary :all: --python-version 3.12".split()
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": contents.MACOS}
    asked = {}
    for system, platform in PLATFORMS.items():
        sets = {
            "usual": [REQUIREMENTS / f"{system}.txt"],
            "alone": ["--no-deps", REQUIREMENTS / "no-deps.txt", REQUIREMENTS / "full-no-deps.txt"],
        }
        if full:
            sets["full"] = [REQUIREMENTS / f"{system}.txt", REQUIREMENTS / "full.txt"]
            sets["demucs"] = [ROOT / "requirements.txt", ROOT / "requirements-demucs.txt"]
        for name, files in sets.items():
            command = [found, "pip", "compile", *options, "--python-platform", platform, *files]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            asked[system, name] = process
    answers = {key: process.communicate(timeout=240) for key, process in asked.items()}
    if any(re.search("dns error|error sending request|Connect|timed out", complaint) for _, complaint in answers.values()):
        pytest.skip("no package index can be reached")
    for key, process in asked.items():
        assert process.returncode == 0, f"{key}: {answers[key][1]}"
    assert "onnxruntime-directml==" in answers["windows", "usual"][0]
    assert not re.search("tensorflow|torch|demucs", "".join(answers[system, "usual"][0] for system in PLATFORMS))


def test_the_deb_names_a_maintainer_and_one_variant_takes_the_place_of_the_other() -> None:
    usual, full = (
        email.message_from_string(
            deb.control(Frozen(ROOT, ROOT, "1.2.3", variant), "amd64", 9, ["libc6 (>= 2.31)", "libgl1"])
        )
        for variant in ("", FULL)
    )
    assert (usual["Package"], full["Package"], full["Conflicts"]) == ("antara", "antara-full", "antara")
    assert usual["Conflicts"] is None
    assert usual["Version"] == full["Version"] == "1.2.3"
    assert usual["Depends"] == "libc6 (>= 2.31), libgl1"
    assert re.fullmatch(r"[^<>@]+ <[^<>@ ]+@[^<>@ ]+\.[a-z]+>", usual["Maintainer"])
    assert usual["Description"].splitlines()[0] == "separate songs into vocals and instrumental"


def test_there_is_one_source_of_the_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dynamic"] == ["version"]
    assert ".".join(map(str, version_info.numbers(__version__)[:3])) == __version__
    assert version_info.numbers("1.2.3") == (1, 2, 3, 0)
    said = subprocess.run([sys.executable, "main.py", "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"Antara {__version__}"


def test_every_kind_of_song_opens_with_antara() -> None:
    assert set(file_types.MIME_TYPES) == set(EXTENSIONS)
    entry = desktop.desktop_entry("antara")
    assert "Exec=antara %F\n" in entry
    assert "audio/mpeg;" in entry
    assert "@" not in entry
    macros = setup.type_macros()
    assert macros.count("!insertmacro Offer ") == macros.count("!insertmacro Withdraw ") == len(EXTENSIONS)


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="no desktop-file-validate (apt: desktop-file-utils)")
def test_the_desktop_entry_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "antara.desktop"
    file.write_text(desktop.desktop_entry('"/home/a b/antara"'), "utf-8")
    answer = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, "")


def test_the_other_descriptions_are_well_formed() -> None:
    ElementTree.parse(INSTALLER / "windows" / "antara.manifest")
    ElementTree.parse(INSTALLER / "linux" / "antara.metainfo.xml")
    assert plistlib.loads((INSTALLER / "macos" / "entitlements.plist").read_bytes())
    assert plistlib.dumps(contents.info_plist(__version__))


def test_the_icon_is_in_the_containers_of_windows_and_macos() -> None:
    png = b"\x89PNG picture"
    windows = icon_files.ico({16: png, 256: png})
    assert windows[:6] == b"\0\0\1\0\2\0"
    assert windows.count(png) == 2
    assert windows.index(png) == int.from_bytes(windows[18:22], "little")
    apple = icon_files.icns({b"ic07": png})
    assert int.from_bytes(apple[4:8], "big") == len(apple)


def test_every_library_of_others_has_the_texts_that_it_names() -> None:
    for entry in licences._table():
        assert entry["texts"] or "(" in entry["licence"] or "Microsoft" in entry["licence"]
        for text in entry["texts"]:
            assert (licences.KEPT / text).is_file(), text


def test_a_file_of_no_known_licence_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "_bootloader", licences._python)  # PyInstaller is only where programs are frozen
    monkeypatch.setattr(licences, "_packages", dict)
    stray = tmp_path / "libstray.so.1"
    stray.write_bytes(b"")
    with pytest.raises(licences.LicenceError, match=r"libstray\.so\.1"):
        licences.parts([("libstray.so.1", str(stray))])


def test_what_a_program_wrote_is_read_from_the_trace(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    log.write_text(
        '12 openat(AT_FDCWD</home>, "/home/me/a.txt", O_WRONLY|O_CREAT, 0666) = 3</home/me/a.txt>\n'
        '12 openat(AT_FDCWD</home>, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3</etc/hosts>\n'
        '12 openat(AT_FDCWD</home>, "/etc/refused", O_WRONLY) = -1 EROFS (Read-only file system)\n'
        '12 mkdir("/opt/antara/new", 0777) = 0\n'
        '12 renameat(AT_FDCWD</home/me>, "part", AT_FDCWD</home/me>, "whole") = 0\n'
        '12 openat(AT_FDCWD</home>, "/dev/null", O_RDWR) = 3</dev/null>\n'
    )
    wrote = set(confined.written(log, tmp_path))
    assert wrote == {"/home/me/a.txt", "/opt/antara/new", "/home/me/part", "/home/me/whole", "/dev/null"}
    assert confined.written_outside(log, tmp_path, [Path("/home/me")]) == {"/opt/antara/new"}


def test_what_was_heard_may_have_gaps_but_must_be_the_mix() -> None:
    rng = np.random.default_rng(0)
    mix = rng.uniform(-0.5, 0.5, (4 * smoke_test.RATE, 2)).astype(np.float32)
    silence = np.zeros((smoke_test.RATE // 2, 2), np.float32)
    recorded = np.concatenate([silence, mix[5000:60000], silence, mix[60000:150000]])
    assert smoke_test._heard(recorded.ravel(), mix).startswith("15 of 18 fifths")
    with pytest.raises(smoke_test.SmokeError, match="only 0"):
        smoke_test._heard(recorded.ravel() * np.float32(0.9), mix)


def test_a_start_is_too_slow_only_by_what_it_takes_itself() -> None:
    program = smoke_test.Program(ROOT, ROOT, ROOT)
    trial = smoke_test.Trial(program, ROOT, {}, ROOT, window_s=2.5)
    busy, slow = smoke_test.Start(9.0, 8.0, 100.0), smoke_test.Start(3.0, 0.0, 100.0)
    assert smoke_test._started(trial, [busy, busy, slow]).startswith("1.00, 1.00, 3.00 s and 8.00, 8.00, 0.00 s of waiting")
    with pytest.raises(smoke_test.SmokeError, match=r"3\.00"):
        smoke_test._started(trial, [busy, slow, slow])


@pytest.mark.skipif(sys.platform != "linux", reason="AppImages are Linux's")
def test_the_folder_of_an_appimage_starts_where_it_lies(tmp_path: Path) -> None:
    tree, icon = tmp_path / "tree", tmp_path / "icons" / "hicolor" / "256x256" / "apps" / "antara.png"
    icon.parent.mkdir(parents=True)
    icon.write_bytes(b"")
    tree.mkdir()
    (tree / "antara").write_text('#!/bin/sh\necho "started with $1"\n')
    (tree / "antara").chmod(0o755)
    folder = appimage.app_dir(Frozen(tree, tmp_path / "icons", "1.2.3"), tmp_path / "a folder")
    program = smoke_test.find_program(folder)
    environment = {name: value for name, value in os.environ.items() if name != "APPDIR"}
    said = subprocess.run([program.window, "a song"], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "started with a song\n"
    assert "Exec=antara %F" in (folder / "antara.desktop").read_text("utf-8")
