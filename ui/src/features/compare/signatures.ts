/** What makes two spans the same step, as small numbers that compare at once. */

import { nameOf, type TreeModel, typeOf } from "@/components/span-tree/model";

/** An entry a row of the tree. Equal numbers mean equal things, in both trees of one comparison. */
export type Signatures = {
  /** Type and name. */
  key: Int32Array;
  /** Type and name without its numbers: `chunk 3` is `chunk 7`. */
  loose: Int32Array;
  /** The keys of the children and of all below, in order; 0 without children. */
  below: Int32Array;
  /** The key, and all below. */
  shape: Int32Array;
  llm: Uint8Array;
};

export function signPair(a: TreeModel, b: TreeModel): [Signatures, Signatures] {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size + 1);
    return numbers.size;
  };
  return [sign(a, numberOf), sign(b, numberOf)];
}

function sign(model: TreeModel, numberOf: (text: string) => number): Signatures {
  const { count, size } = model;
  const signatures: Signatures = {
    key: new Int32Array(count),
    loose: new Int32Array(count),
    below: new Int32Array(count),
    shape: new Int32Array(count),
    llm: new Uint8Array(count),
  };
  // From the last row up: what hangs on a row is signed before it.
  for (let row = count - 1; row >= 0; row--) {
    const type = typeOf(model, row);
    // Two traces are compared because somebody asked for it, whatever they are called.
    const name = row === 0 ? "" : nameOf(model, row);
    const key = numberOf(`${type}:${name}`);
    signatures.key[row] = key;
    signatures.loose[row] = numberOf(`${type}~${name.toLowerCase().replace(/\d+/g, "#")}`);
    signatures.llm[row] = type === "llm" ? 1 : 0;
    const stop = row + (size[row] ?? 1);
    if (stop === row + 1) {
      signatures.shape[row] = key;
      continue;
    }
    let shapes = "";
    for (let child = row + 1; child < stop; child += size[child] ?? 1) {
      shapes += `${signatures.shape[child]},`;
    }
    const below = numberOf(`(${shapes})`);
    signatures.below[row] = below;
    signatures.shape[row] = numberOf(`${key}(${below})`);
  }
  return signatures;
}
