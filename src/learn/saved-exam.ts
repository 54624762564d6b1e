/** An exam that is being sat, as it is kept for the case that it is interrupted. */
import * as z from 'zod';

const milliseconds = z.number().min(0);

export const SavedExam = z.object({
  exam: z.uuid(),
  seed: z.string(),
  /** The program that can go on with its clusters. */
  build: z.string(),
  minutes: z.number().positive(),
  /** The scenarios that it was drawn from, as the command line names them; none are all. */
  from: z.array(z.string()),
  /** The process that sits at it. */
  pid: z.int().positive(),
  savedAt: z.iso.datetime(),
  clock: z.object({ used: milliseconds, pauses: z.int().min(0), pausedFor: milliseconds }),
  /** The task that is open, by its index. */
  at: z.int().min(0).optional(),
  tasks: z.array(
    z.object({
      scenario: z.string(),
      question: z.string(),
      /** Of what the task is made of. */
      key: z.string(),
      begun: z.boolean(),
      flagged: z.boolean(),
      spent: milliseconds,
    }),
  ),
});
export type SavedExam = z.infer<typeof SavedExam>;
