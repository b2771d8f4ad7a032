// Which of the QR codes that we printed is on a photograph. We know them all, so nothing is decoded: the squares of the
// photograph are compared with those of each code, which bears more dirt and slant than reading would. Works everywhere.

const LONGEST = 1_600; // pixels of the picture that is looked at
const ALIKE = 0.9; // part of the squares that must be the same; two codes of one forum share up to 0.88
const CLEARLY = 0.03; // how much more alike than the next code
const DARK = 0.88; // of the light around
const MOST = 12; // corner marks that are tried

/** The key, in `codes`, of the code on the canvas: {key: "size:squares in hexadecimal, row by row"}; null: none for sure. */
export function codeOn(canvas, codes) {
  const known = Object.entries(codes).map(([key, text]) => {
    const [size, signs] = text.split(":");
    return { key, size: Number(size), squares: BigInt(`0x${signs}`).toString(2).padStart(size * size, "0") };
  });
  const picture = darkness(canvas);
  for (const corners of triples(marks(picture))) {
    const found = best(picture, corners, known);
    if (found) return found;
  }
  return null;
}

/** Dark pixels, each against the light around it: a photograph is never lit evenly. */
function darkness(canvas) {
  const scale = Math.min(1, LONGEST / Math.max(canvas.width, canvas.height));
  const small = document.createElement("canvas");
  [small.width, small.height] = [Math.round(canvas.width * scale), Math.round(canvas.height * scale)];
  const pen = small.getContext("2d");
  pen.drawImage(canvas, 0, 0, small.width, small.height);
  const { data, width, height } = pen.getImageData(0, 0, small.width, small.height);
  const light = (at) => data[4 * at] + 2 * data[4 * at + 1] + data[4 * at + 2];
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, row = 0; x < width; x += 1) {
      row += light(y * width + x);
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  }
  const reach = Math.ceil(Math.max(width, height) / 40);
  const dark = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)].map((edge) => edge * (width + 1));
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const area = ((bottom - top) / (width + 1)) * (right - left);
      const sum = sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
      dark[y * width + x] = light(y * width + x) < (DARK * sum) / area;
    }
  }
  return { dark, width, height, is: (x, y) => x >= 0 && y >= 0 && x < width && y < height && dark[Math.floor(y) * width + Math.floor(x)] };
}

/** The marks in the corners of codes: dark, light, dark, light, dark as 1, 1, 3, 1, 1, both ways. The surest first. */
function marks({ dark, width, height }) {
  const found = [];
  for (let y = 0; y < height; y += 1) {
    const runs = [0, 0, 0, 0, 0];
    for (let x = 0, was = 0; x <= width; x += 1) {
      const now = x < width ? dark[y * width + x] : 0;
      if (now !== was) {
        if (was && looksRight(runs)) {
          const square = total(runs) / 7;
          const middle = across(dark, width, height, Math.round(x - 3.5 * square), y, square);
          if (middle !== null) add(found, x - 3.5 * square, middle, square);
        }
        runs.shift();
        runs.push(0);
        was = now;
      }
      runs[4] += 1;
    }
  }
  return found.filter(({ times }) => times > 1).sort((one, other) => other.times - one.times).slice(0, MOST);
}

const total = (runs) => runs.reduce((sum, run) => sum + run);

function looksRight(runs) {
  const square = total(runs) / 7;
  return square > 1.5 && runs.every((run, at) => Math.abs(run - (at === 2 ? 3 : 1) * square) < (at === 2 ? 1.2 : 0.7) * square);
}

/** The middle of the mark from top to bottom; null: there is none. */
function across(dark, width, height, x, y, square) {
  const ends = [-1, 1].map((step) => {
    const runs = [0, 0, 0];
    let at = y;
    for (let n = 0; n < 3; n += 1) {
      while (at >= 0 && at < height && dark[at * width + x] === (n + 1) % 2 && runs[n] < 4 * square) {
        runs[n] += 1;
        at += step;
      }
    }
    return runs;
  });
  const [up, down] = ends;
  const runs = [up[2], up[1], up[0] + down[0] - 1, down[1], down[2]];
  if (!looksRight(runs) || Math.abs(total(runs) / 7 - square) > 0.4 * square) return null;
  return y + (down[0] - up[0]) / 2;
}

function add(found, x, y, square) {
  const near = found.find((mark) => Math.hypot(mark.x - x, mark.y - y) < 3 * square);
  if (!near) return found.push({ x, y, square, times: 1 });
  near.times += 1;
  for (const [name, value] of Object.entries({ x, y, square })) near[name] += (value - near[name]) / near.times;
}

/** Three marks that may be those of one code: the corner between the two others, then these, clockwise. */
function* triples(found) {
  for (const corner of found) {
    for (const right of found) {
      for (const below of found) {
        const [a, b] = [right, below].map(({ x, y }) => ({ x: x - corner.x, y: y - corner.y }));
        const [long, other] = [a, b].map(({ x, y }) => Math.hypot(x, y));
        const turn = (a.x * b.y - a.y * b.x) / (long * other);
        const sizes = [corner, right, below].map(({ square }) => square);
        const isEven = Math.max(...sizes) < 1.5 * Math.min(...sizes) && Math.max(long, other) < 1.5 * Math.min(long, other);
        if (isEven && turn > 0.8) yield [corner, right, below];
      }
    }
  }
}

/** The fourth corner is not marked: those around the place where it would be on a picture taken from right above are tried. */
function best(picture, [corner, right, below], known) {
  const fourth = { x: right.x + below.x - corner.x, y: right.y + below.y - corner.y };
  const step = corner.square / 2;
  const marked = [];
  for (let across_ = -8; across_ <= 8; across_ += 1) {
    for (let down = -8; down <= 8; down += 1) {
      const last = { x: fourth.x + across_ * step, y: fourth.y + down * step };
      const seen = new Map();
      for (const { key, size, squares } of known) {
        if (!seen.has(size)) seen.set(size, read(picture, [corner, right, last, below], size));
        const signs = seen.get(size);
        let same = 0;
        for (let at = 0; at < squares.length; at += 1) same += (squares[at] === "1") === signs[at];
        marked.push({ key, same: same / squares.length });
      }
    }
  }
  marked.sort((one, other) => other.same - one.same);
  const [first] = marked;
  const next = marked.find(({ key }) => key !== first.key)?.same ?? 0;
  return first.same > ALIKE && first.same - next > CLEARLY ? first.key : null;
}

/** The squares of a code whose marks, and whose fourth corner, are there. */
function read({ is }, [a, b, c, d], size) {
  // From the unit square to any four corners.
  const [sx, sy] = [a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y];
  const [bx, by, dx, dy] = [b.x - c.x, b.y - c.y, d.x - c.x, d.y - c.y];
  const whole = bx * dy - dx * by;
  const [g, h] = [(sx * dy - dx * sy) / whole, (bx * sy - sx * by) / whole];
  const signs = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const [u, v] = [(column - 3) / (size - 7), (row - 3) / (size - 7)];
      const depth = g * u + h * v + 1;
      const x = (a.x + (b.x - a.x + g * b.x) * u + (d.x - a.x + h * d.x) * v) / depth;
      const y = (a.y + (b.y - a.y + g * b.y) * u + (d.y - a.y + h * d.y) * v) / depth;
      signs.push(Boolean(is(x, y)));
    }
  }
  return signs;
}
