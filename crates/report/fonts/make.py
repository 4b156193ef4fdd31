"""Makes the two font files of the PDFs from IBM Plex Sans: weights 400 and 600; Latin, Greek and
Cyrillic letters and the signs that reports use. "Plex" is a reserved font name, so what is changed
has a name of its own. Needs `fonttools` and `fontpkg-ibm-plex-sans` (both from PyPI); writes into
the folder of this script."""

from importlib.metadata import version
from pathlib import Path

import fontpkg_ibm_plex_sans
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x1E00, 0x1EFF),  # Latin
    (0x300, 0x30C), (0x323, 0x328),  # marks
    (0x384, 0x3CE), (0x400, 0x45F), (0x490, 0x491),  # Greek, Cyrillic
    (0x2010, 0x2026), (0x2030, 0x203A), (0x2070, 0x209C),  # points, quotes, small digits
    (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2195), (0x2202, 0x2265),
    (0x25A0, 0x25CF), (0x2713, 0x2713), (0xFFFD, 0xFFFD),  # signs
]
FAMILY = "Leadrank Sans"

source = Path(fontpkg_ibm_plex_sans.__file__).parent / "files" / "IBMPlexSans[wdth,wght].ttf"
for name, weight in [("Regular", 400), ("SemiBold", 600)]:
    font = TTFont(source, recalcTimestamp=False)
    font = instantiateVariableFont(font, {"wdth": 100, "wght": weight})
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[sign for first, last in RANGES for sign in range(first, last + 1)])
    subsetter.subset(font)
    names = {1: FAMILY, 2: name, 3: f"{FAMILY} {name}", 4: f"{FAMILY} {name}"}
    names[6] = f"{FAMILY} {name}".replace(" ", "")
    for place, text in names.items():
        font["name"].setName(text, place, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font.save(Path(__file__).parent / f"LeadrankSans-{name}.ttf")
print("IBM Plex Sans", version("fontpkg-ibm-plex-sans"))
