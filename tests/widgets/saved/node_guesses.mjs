// Judges guesses as a page without a kernel does: questions and guesses come in, what is said goes out.
import { readFileSync } from "node:fs";

import { judged } from "../../../lessons_lib/widgets/saved/page_judge.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const said = asked.map(({ question, guesses }) => guesses.map((guess) => judged(question, guess)));
process.stdout.write(JSON.stringify(said));
