// Says whether AsyncAPI's own parser accepts a document: node asyncapi.mjs FILE; exit code 1 when it does not.
import fs from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(fs.readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((one) => one.severity === 0);
for (const one of errors) console.log(one.path.join("."), one.message);
console.log(document ? `accepted: AsyncAPI ${document.version()}, ${document.channels().all().length} channels` : "refused");
process.exit(document && !errors.length ? 0 : 1);
