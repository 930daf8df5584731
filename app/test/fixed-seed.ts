import * as fc from 'fast-check';

/**
 * The same random cases in every run, so that a failure tells of a change and not of luck.
 * FUZZ_SEED=$RANDOM and a large FUZZ_RUNS look for new ones.
 */
fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 20_261_121) });
