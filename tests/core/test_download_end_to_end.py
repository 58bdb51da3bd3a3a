"""From nothing to stems: a model of official shape is downloaded, installed and used by one command."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core import cli, paths
from core.audio.reader import read_blocks
from core.models import catalogue, store
from tests.support import archives, faults, songs
from tests.support.archive_server import ArchiveServer
from tests.support.songs import RATE, joined


@pytest.mark.parametrize("name", ["2stems", "4stems", "5stems"])
def test_a_missing_model_is_downloaded_and_separates(
    name: str,
    full: bool,
    checkpoints: Callable[[str], Path],
    archive_server: ArchiveServer,
    use_catalogue: Callable[[str], None],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name != "2stems" and not full:
        pytest.skip("takes half a minute: python3 dev.py soak tests/core/test_download_end_to_end.py")
    song = songs.write(tmp_path / "song.wav", songs.music(13, 6))
    archive = archives.packed(archives.files_of(checkpoints(name) / name, "./"), 0)
    url = archive_server.serve(f"/{name}.tar.gz", archive)
    use_catalogue(archives.catalogue_text({name: archives.offer(archive, url)}))
    archive_server.script(faults.drop(0.5))

    def separate(out: Path) -> dict[str, np.ndarray]:
        choices = ["--device", "cpu", "--precision", "f32", "--depth", "float"]
        status = cli.main(["separate", "--model", name, str(song), "-o", str(out), *choices])
        said = capfd.readouterr()
        assert status == 0, said.err
        stems = {path.stem: soundfile.read(path, dtype="float32")[0] for path in (out / "song").iterdir()}
        assert [Path(line).stem for line in said.out.splitlines()] == list(catalogue.find(name).stems)
        assert stems.keys() == set(catalogue.find(name).stems)
        return stems

    stems = separate(tmp_path / "out")
    assert len(archive_server.requests) == 2
    assert archive_server.requests[1].first_byte > 0
    assert store.status(catalogue.find(name)).state == "installed"
    assert np.abs(sum(stems.values()) - joined(read_blocks(song, RATE))).max() <= 1e-6
    assert all(np.abs(samples).max() > 0.01 for samples in stems.values())

    store.remove(catalogue.find(name))
    assert not (paths.models_folder() / name).exists()
    monkeypatch.setenv("MODEL_PATH", str(checkpoints(name)))
    direct = separate(tmp_path / "direct")
    assert len(archive_server.requests) == 2
    for stem, samples in stems.items():
        np.testing.assert_array_equal(samples, direct[stem], stem)
