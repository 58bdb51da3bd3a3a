"""OpenVINO: its plug-ins for devices are loaded by name, and so is the reader of ONNX files."""

from PyInstaller.utils.hooks import collect_dynamic_libs

binaries = collect_dynamic_libs("openvino", search_patterns=["*.so*", "*.dll", "*.dylib"])
excludedimports = ["openvino.tools", "openvino.torch", "openvino.frontend.pytorch", "openvino.frontend.tensorflow"]
