"""``models``: what can separate songs, and how it gets here."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.cancel import CancelToken
from core.cli.console import say, transfer_bar
from core.errors import AntaraError, CancelledError, ModelMissingError
from core.messages import printable, sentence

if TYPE_CHECKING:
    from core.models.catalogue import Model
    from core.progress import Transfer

_MB = 1e6
_STATES = {
    "builtin": "built in",
    "installed": "installed",
    "found": "installed by Spleeter",
    "damaged": "damaged",
    "available": "can be downloaded",
}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser("models", help="list, download, add, check and remove models")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, parents=[shared], help=text)
        added.set_defaults(run=run)
        return added

    action("list", _list, "all models and their state")
    action("download", _download, "download models; an interrupted download is gone on with").add_argument(
        "names", nargs="+", metavar="NAME", help="2stems, 4stems, 5stems, htdemucs, htdemucs_ft, htdemucs_6s, hdemucs_mmi"
    )
    add = action("add", _add, "install a model from this computer")
    add.add_argument(
        "source",
        type=Path,
        metavar="FILE",
        help="an official archive (2stems.tar.gz); or a model of your own: a folder or an archive with a configuration "
        "(JSON) and its weights, or the configuration whose model_dir leads to them; or of Demucs' "
        "kind: a bag (.yaml) or a network (.th)",
    )
    add.add_argument("--name", help="what to call a model of your own; default: as the file")
    action("remove", _remove, "delete models").add_argument("names", nargs="+", metavar="NAME")
    action("verify", _verify, "check every byte of models").add_argument(
        "names", nargs="*", metavar="NAME", help="default: all that are here"
    )
    action("where", _where, "say in which folder a model is").add_argument("name", nargs="?", metavar="NAME")
    action("mirror", _mirror, "show or choose the server that models are downloaded from").add_argument(
        "address", nargs="?", metavar="ADDRESS", help="of the folder with the archives there; “none” for the official one"
    )


def download(model: "Model", cancel: CancelToken) -> None:
    """Gets a model, and says so. Raises what ``store.download`` raises."""
    from core import settings
    from core.models import store
    from core.models.download import host_of

    mirror = settings.load().mirror
    said: list[str] = []
    with transfer_bar(model.name) as show:

        def report(transfer: "Transfer") -> None:
            if transfer.stage == "downloading" and not said and model.archive:
                size = f"{model.archive.about / _MB:.0f} MB"
                said.append(f"{model.name}: downloading {size} from {host_of(mirror or model.archive.urls[0])}")
                say(said[0])
            show(transfer)

        store.download(model, cancel, report, mirror)


def require(model: "Model", offline: bool, cancel: CancelToken) -> None:
    """The model is here, downloaded if need be. Raises once, not for each song, why it is not."""
    try:
        model.locate_weights()
    except ModelMissingError:
        if offline or model.archive is None:
            raise
        download(model, cancel)


def _list(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.models import catalogue, store

    known = catalogue.models()
    width = max(map(len, known))
    for name, model in known.items():
        found = store.status(model)
        label = "installed by Demucs" if model.bag and found.state == "found" else _STATES[found.state]
        state = label + (f" ({found.partial / _MB:.0f} MB are here)" if found.partial else "")
        print(f"{name:{width}}  {state:24}  {found.size / _MB:6.1f} MB  {', '.join(model.stems)}")
    return True


def _download(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.models import catalogue

    def get(model: "Model") -> str:
        download(model, cancel)
        return str(model.locate_weights())

    return _each([catalogue.find(name) for name in options.names], get)


def _each(models: "Iterable[Model]", act: "Callable[[Model], str]") -> bool:
    """Prints what ``act`` says of each model; one that fails does not stop the others. Returns whether all went well."""
    whole = True
    for model in models:
        try:
            print(printable(act(model)))
        except CancelledError:
            raise
        except AntaraError as error:
            say(sentence(error))
            whole = False
    return whole


def _add(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.models import store

    with transfer_bar(options.source.name) as report:
        added = store.add(options.source, cancel, report, options.name)
    for model in added:
        print(printable(model.name))
    return True


def _remove(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.models import catalogue, store

    for model in [catalogue.find(name) for name in options.names]:
        for name in store.remove(model):
            print(printable(name))
    return True


def _verify(options: argparse.Namespace, cancel: CancelToken) -> bool:
    """Says of each model how it is; returns whether all are whole."""
    from core.models import catalogue, store

    def check(model: "Model") -> str:
        store.verify(model, cancel)
        return f"{model.name}: whole"

    here = [model for model in catalogue.models().values() if store.status(model).state != "available"]
    return _each([catalogue.find(name) for name in options.names] or here, check)


def _where(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core import paths
    from core.models import catalogue

    place = catalogue.find(options.name).locate_weights() if options.name else paths.models_folder()
    print(printable(str(place)))
    return True


def _mirror(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core import settings

    if options.address:
        settings.set_mirror(None if options.address == "none" else options.address)
    print(printable(settings.load().mirror or "none"))
    return True
