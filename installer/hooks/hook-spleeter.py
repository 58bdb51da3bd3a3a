"""spleeter: the configurations of its models; where TensorFlow is carried, its networks too, which it imports by name."""

import os

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("spleeter.resources")
hiddenimports = ["spleeter.resources"]
if os.environ.get("ANTARA_VARIANT") == "full":
    hiddenimports += ["spleeter.model.functions.unet", "spleeter.model.functions.blstm"]
