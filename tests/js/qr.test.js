import assert from "node:assert/strict";
import { test } from "node:test";
import { blackAndWhite, codeIn } from "../../js/photos/qr.js";

const SIZE = 25; // squares of a code, without its border
const SQUARE = 6; // pixels
const BORDER = 250; // pixels

/** Make codes of random squares, with the marks in their corners. */
function makeCodes(count) {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return Array.from({ length: count }, () => {
    const squares = Array.from({ length: SIZE }, () => Array.from({ length: SIZE }, () => random() < 0.5));
    for (const [top, left] of [
      [0, 0],
      [0, SIZE - 7],
      [SIZE - 7, 0],
    ])
      drawMark(squares, top, left);
    return squares;
  });
}

function drawMark(squares, top, left) {
  for (let y = -1; y <= 7; y += 1) {
    for (let x = -1; x <= 7; x += 1) {
      const [row, column] = [top + y, left + x];
      if (row < 0 || column < 0 || row >= SIZE || column >= SIZE) continue;
      const distance = Math.max(Math.abs(x - 3), Math.abs(y - 3));
      squares[row][column] = distance === 3 || distance <= 1;
    }
  }
}

const textOf = (squares) => {
  const bits = squares.flat().map(Number).join("");
  return `${SIZE}:${BigInt(`0b${bits}`).toString(16)}`;
};

/** Make the pixels of a photograph of a code, turned, and darker towards one side. */
function photograph(squares, { angle = 0, shade = 0 } = {}) {
  const side = SIZE * SQUARE + 2 * BORDER;
  const data = new Uint8ClampedArray(4 * side * side);
  const [sine, cosine, middle] = [Math.sin(angle), Math.cos(angle), side / 2];
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const across = cosine * (x - middle) + sine * (y - middle) + middle - BORDER;
      const down = cosine * (y - middle) - sine * (x - middle) + middle - BORDER;
      const isDark = squares[Math.floor(down / SQUARE)]?.[Math.floor(across / SQUARE)] ?? false;
      const light = (isDark ? 60 : 220) * (1 - (shade * x) / side);
      data.set([light, light, light, 255], 4 * (y * side + x));
    }
  }
  return blackAndWhite(data, side, side);
}

const drawn = makeCodes(12);
const codes = Object.fromEntries(drawn.map((squares, n) => [String(n + 1), textOf(squares)]));

test("the code on a sheet is found among all those that we printed", () => {
  for (const n of [0, 5, 11]) assert.equal(codeIn(photograph(drawn[n]), codes), String(n + 1));
});

test("a sheet that lies askew, in uneven light, is found too", () => {
  assert.equal(codeIn(photograph(drawn[3], { angle: 0.2, shade: 0.5 }), codes), "4");
  assert.equal(codeIn(photograph(drawn[3], { angle: Math.PI }), codes), "4");
});

test("a code that we did not print, and a sheet without one, are not taken for ours", () => {
  const { 4: _, ...others } = codes;
  assert.equal(codeIn(photograph(drawn[3]), others), null);
  const blank = drawn[0].map((row) => row.map(() => false));
  assert.equal(codeIn(photograph(blank), codes), null);
});
