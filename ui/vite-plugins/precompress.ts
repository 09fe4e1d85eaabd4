import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|svg|html|json|map|txt)$/;
const LEAST_BYTES = 1024;

/** Writes `.br` and `.gz` beside every text file of the build, so that serving costs no processor. */
export function precompress(): Plugin {
  let outDir = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      const names = await readdir(outDir, { recursive: true });
      await Promise.all(
        names
          .filter((name) => TEXT.test(name))
          .map(async (name) => {
            const file = path.join(outDir, name);
            const data = await readFile(file);
            if (data.length < LEAST_BYTES) return;
            const br = await promisify(brotliCompress)(data, {
              params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
            });
            await writeFile(`${file}.br`, br);
            await writeFile(`${file}.gz`, await promisify(gzip)(data, { level: 9 }));
          }),
      );
    },
  };
}
