"""spleeter: the configurations of its models; with TensorFlow (the full variant) its networks, which are loaded by name."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("spleeter.resources")
hiddenimports = ["spleeter.resources"]
if find_spec("tensorflow"):  # which loads Keras 2 late, too
    hiddenimports += ["spleeter.model", *collect_submodules("spleeter.model.functions"), *collect_submodules("tf_keras")]
