"""What goes into the frozen program, and what of its libraries stays out, and why."""

from collections.abc import Mapping
from fnmatch import fnmatch

from installer.file_types import macos_types

MACOS = "14.0"  # the oldest; PyAV's wheels need it

# Modules that are imported somewhere and never in the program.
NEVER_IMPORTED = (
    "torch",  # an extra, which adds itself to a developer's tree: some gigabytes
    "demucs",
    "scipy",  # training
    "tkinter",
    "setuptools",  # wanted by cffi to compile, which it never does here
    "distutils",
    "sqlite3",
    "readline",
    "IPython",
    "matplotlib",
    "onnx.backend.test",
    "onnx.reference",
    "onnxruntime.tools",
    "onnxruntime.transformers",
    "onnxruntime.quantization",
    "onnxruntime.datasets",
    "numpy.f2py",
    "PySide6.QtOpenGL",
    "PySide6.QtQml",
    "h5py",  # Keras' own files of models
    "spleeter.separator",
    "spleeter.audio",
    "spleeter.dataset",
)

# Only in the full variant. The other one reads Spleeter's checkpoints and builds the same networks without TensorFlow.
WITH_TENSORFLOW = (
    "tensorflow",
    "tf_keras",
    "keras",
    "pandas",
    "spleeter.model",
)

# Files that the libraries' hooks bring along, and why they are left out: {reason: patterns}.
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    "readers of kinds of models that Antara does not build": tuple(
        pattern
        for kind in ("tensorflow", "pytorch", "paddle", "jax", "gguf", "c.")
        for pattern in (f"*openvino_{kind}*", f"*py_{kind}_frontend*")
    ),
    "for developers: type stubs, sources, debuggers' tables": ("*.pyi", "onnx/*.proto", "onnx/*.h", "onnx/*.cc", "*.pdb"),
    "the system's own must be used: sound, libc, the C++ library that GPUs' drivers need, too": (
        "libasound.so*",
        "libstdc++.so*",
        "libgcc_s.so*",
        "libmvec.so*",
    ),
    "GTK's look: Qt's file dialog comes through the desktop's portal": ("*/platformthemes/libqgtk3*",),
    "Qt on screens without a window system, and for tests": (
        *(f"*/platforms/*{name}*" for name in ("eglfs", "linuxfb", "vkkhr", "vnc", "minimal")),
        "*/plugins/egldeviceintegrations/*",
        "*/plugins/generic/*",
        "*/plugins/wayland-graphics-integration-server/*",
        "*Qt6EglF*",
    ),
    "Qt's network, databases, printing, QML: not used": (
        *(
            f"*/plugins/{kind}/*"
            for kind in ("networkinformation", "tls", "qmltooling", "sqldrivers", "printsupport", "vectorimageformats")
        ),
        "*/platforminputcontexts/*virtualkeyboard*",
        *(f"*Qt6{part}*" for part in ("Qml", "Quick", "VirtualKeyboard", "Pdf", "OpenGLWidgets")),
    ),
    "pictures of kinds that the window does not show": tuple(
        f"*/imageformats/*q{kind}.*" for kind in ("pdf", "tiff", "tga", "icns", "wbmp", "gif", "webp")
    ),
    "3D drawn by the processor: the window has no 3D": ("*opengl32sw.dll", "*d3dcompiler*.dll"),
}

# What is not even installed where the program is frozen.
_NOT_INSTALLED: Mapping[str, str] = {
    "PyTorch, Demucs (some GB)": "an extra of the source tree, and for training",
    "SciPy": "only for training",
    "the official models (73 to 182 MB each)": "one click away",
}
_TENSORFLOW: Mapping[str, str] = {"TensorFlow, Keras, pandas": "Spleeter's checkpoints are read and run without it"}

_TRANSLATIONS = ("qtbase_en.qm",)  # those in Hindi are Antara's, in resources/i18n


def reason_against(path: str) -> str:
    """Why a file, named by its place in the bundle, stays out of it; empty if it goes in."""
    path = path.replace("\\", "/")
    if "/translations/" in path and path.endswith(".qm") and not path.endswith(_TRANSLATIONS):
        return "Qt's own texts in other languages"
    found = (why for why, patterns in LEFT_OUT.items() if any(fnmatch(path, pattern) for pattern in patterns))
    return next(found, "")


def not_installed(full: bool) -> Mapping[str, str]:
    """{what is missing in a variant: why}."""
    return _NOT_INSTALLED if full else {**_TENSORFLOW, **_NOT_INSTALLED}


def is_resource(path: str) -> bool:
    """Whether a file of the source tree, such as ``resources/icons/play.svg``, is read by the program."""
    return not path.endswith((".py", ".pyc", ".ts")) and "__pycache__" not in path


def info_plist(version: str) -> dict[str, object]:
    """What macOS is told of the program."""
    return {
        "CFBundleExecutable": "Antara",
        "LSBackgroundOnly": False,  # as PyInstaller takes it to be for the console program beside it
        "CFBundleName": "Antara",
        "CFBundleDisplayName": "Antara",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDocumentTypes": macos_types(),
        "LSMinimumSystemVersion": MACOS,
        "LSApplicationCategoryType": "public.app-category.music",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "GPL-3.0-or-later",
    }
