import { existsSync, readFileSync } from "node:fs";
import torch, { type Tensor } from "tstorch";

/** Text as numbers, for the language models of this folder. */

/** Spoken when no file is given: the opening of a fairy tale does not need a network. */
const DEFAULT = `
Once upon a time there was a little girl who was dearly loved by every one who looked at her, but most of all by her
grandmother, and there was nothing that she would not have given to the child. Once she gave her a little cap of red
velvet, which suited her so well that she would never wear anything else. So she was always called Little Red Cap.
One day her mother said to her, come, Little Red Cap, here is a piece of cake and a bottle of wine. Take them to your
grandmother, she is ill and weak, and they will do her good. Set out before it gets hot, and when you are going, walk
nicely and quietly and do not run off the path, or you may fall and break the bottle.
`.trim();

/** The characters of a text, numbered in order. */
export class Characters {
  readonly all: readonly string[];
  readonly ids: Tensor;

  constructor(text: string) {
    this.all = [...new Set(text)].sort();
    const numbers = new Map(this.all.map((c, i) => [c, BigInt(i)]));
    this.ids = torch.tensor(Array.from(text, (c) => numbers.get(c)!));
  }

  /** `count` pieces of `length` characters from random places, and the same pieces one character further. */
  batch(count: number, length: number): [x: Tensor, y: Tensor] {
    const starts = torch.randint(0, this.ids.shape[0]! - length, [count]).tolist<number[]>();
    const pieces = (shift: number) => torch.stack(starts.map((s) => this.ids.narrow(0, s + shift, length)));
    return [pieces(0), pieces(1)];
  }

  decode(ids: readonly number[]): string {
    return ids.map((i) => this.all[i]).join("");
  }
}

/** The text of the file that the command line names, or a short one. */
export function readText(path = process.argv[2]): Characters {
  if (path !== undefined && !existsSync(path)) {
    process.stderr.write(`there is no file '${path}'\n`);
    process.exit(2);
  }
  return new Characters(path === undefined ? DEFAULT : readFileSync(path, "utf8"));
}
