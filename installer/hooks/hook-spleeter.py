"""spleeter: only the configurations of its models."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("spleeter.resources")
hiddenimports = ["spleeter.resources"]
