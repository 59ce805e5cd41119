"""Pictures of pages with 256 colors at most: a third of the size, and the same to the eye."""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Browser

#: Read by the browser: the colors seen most, one of each other kind, and for every point the nearest of them.
FEW_COLORS = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const place = new OffscreenCanvas(image.width, image.height).getContext("2d");
  place.drawImage(image, 0, 0);
  const seen = new Uint32Array(place.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const color of seen) counts.set(color, (counts.get(color) ?? 0) + 1);
  const alike = new Map();  // the most frequent of each kind: a seldom hue is not lost among many shades of gray
  for (const [color, count] of counts) {
    const kind = alike.get(color & 0xf0f0f0) ?? { color, most: 0, sum: 0 };
    if (count > kind.most) Object.assign(kind, { color, most: count });
    kind.sum += count;
    alike.set(color & 0xf0f0f0, kind);
  }
  const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 128).map(([color]) => color);
  const kinds = [...alike.values()].sort((one, other) => other.sum - one.sum).map((kind) => kind.color);
  const colors = [...new Set([...most, ...kinds])].slice(0, 256);
  const known = new Map(colors.map((color, index) => [color, index]));
  const parts = (color) => [color & 255, (color >> 8) & 255, (color >> 16) & 255];
  const nearest = (color) => {
    let [best, least] = [0, Infinity];
    colors.forEach((other, index) => {
      const far = parts(color).reduce((sum, part, which) => sum + (part - parts(other)[which]) ** 2, 0);
      if (far < least) [best, least] = [index, far];
    });
    known.set(color, best);
    return best;
  };
  let points = "";
  for (const color of seen) points += String.fromCharCode(known.get(color) ?? nearest(color));
  return [image.width, image.height, colors.map(parts), btoa(points)];
}"""


def small_png(browser: Browser, picture: bytes) -> bytes:
    """Return a PNG picture with a palette of 256 colors at most."""
    page = browser.new_page()
    width, height, colors, points = page.evaluate(FEW_COLORS, base64.b64encode(picture).decode())
    page.close()
    rows = base64.b64decode(points)
    lines = b"".join(b"\0" + rows[start : start + width] for start in range(0, width * height, width))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for color in colors for part in color)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
