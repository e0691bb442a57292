"""Text made safe to be shown: what articles, their titles and file names may hold must not steer a terminal."""

_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20)}  # ESC is shown as ␛
_KEPT = {ord("\n"): "\n", ord("\t"): "\t", ord("\f"): " ", ord("\v"): " "}
# Overrides and isolates turn the order of what stands around them (Trojan Source, CVE-2021-42574). The marks U+200E,
# U+200F and U+061C stay: they turn nothing but themselves, and right-to-left prose needs them.
_BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_REPLACED = [*range(0x80, 0xA0), *_BIDI, *range(0xD800, 0xE000)]
_TABLE = {
    **_CONTROLS,
    **_KEPT,
    0x7F: "␡",
    0x2028: "\n",
    0x2029: "\n",
    **dict.fromkeys(_REPLACED, "\ufffd"),
}


def shown(text: str) -> str:
    """`text` as it may be shown: control and bidirectional-override characters give way to a sign for them.

    One character for each, so that offsets stay. What is stored, cited and proved stays as it is.
    """
    return text.translate(_TABLE)
