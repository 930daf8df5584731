import type { WhyView } from '../../api/why.ts';

type Told = Omit<WhyView, 'sentence'>;

/** What changed, and whether the error is known, in two or three sentences. */
export function sayWhy(why: Told): string {
  return [sayChanges(why), ...saySameError(why)].join(' ');
}

function sayChanges({ job, lastSuccess, changed }: Told): string {
  if (lastSuccess === null || changed === null) {
    return `No run of ${job} before it succeeded, as far as is remembered.`;
  }
  const since = `since its last success (#${lastSuccess.id.slice(-8)})`;
  if (changed.anything === false) return `Nothing of yours changed ${since}.`;
  const { commits, files, line, command, packages, params } = changed;
  const isRemoved = commits?.direction === 'removed';
  const known = [
    ...count(
      commits?.total,
      isRemoved ? 'commit less' : 'commit',
      isRemoved ? 'commits less' : undefined,
    ),
    ...count(files?.total, 'file'),
    ...(line !== null || command !== null ? ['its line in the crontab'] : []),
    ...count(packages?.length, 'package'),
    ...(params === null ? [] : ['its parameters']),
  ];
  const rest = [commits, files, packages].some((one) => one === null)
    ? ' What else its release changed is not remembered.'
    : '';
  if (known.length === 0) return `Its release changed ${since}; what in it is not remembered.`;
  return `Changed ${since}: ${known.join(', ')}.${rest}`;
}

function saySameError({ failures: { inARow, sameError } }: Told): string[] {
  const row = inARow > 1 ? [`It failed ${inARow} times in a row.`] : [];
  if (sameError.before > 0) {
    return [...row, `The same error came ${times(sameError.before)} before.`];
  }
  return inARow > 1 ? [...row, 'This error is new.'] : row;
}

function count(number: number | undefined, one: string, several = `${one}s`): string[] {
  return number === undefined || number === 0 ? [] : [`${number} ${number === 1 ? one : several}`];
}

function times(number: number): string {
  return number === 1 ? 'once' : `${number} times`;
}
