"""What pictures (SVG) are made of: one font, one set of colours."""

from xml.sax.saxutils import escape

# Okabe and Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
INK, SOFT, GRID = "#1F2430", "#5B6472", "#E3E6EB"
FONT = "Noto Sans, DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif"


def rect(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1.0) -> str:
    """A rectangle with round corners."""
    faint = f' fill-opacity="{opacity}"' if opacity < 1 else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" fill="{fill}"{faint}/>'


def text(x: float, y: float, words: str, size: float, fill: str, weight: str = "normal", anchor: str = "start") -> str:
    """A line of text; ``x`` is its start, middle or end, as ``anchor`` says."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text {place} fill="{fill}">{escape(words)}</text>'
