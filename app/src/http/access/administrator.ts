import { CodedError, describeError } from '@gitcron/base/coded-error';
import type { Logger } from '@gitcron/base/log';
import { HttpError } from '../problem.ts';
import type { AccessFile, StoredSession } from './access-file.ts';
import { LeakedPasswordError, readPasswordFile, type OtherUsers } from './password-file.ts';
import { hashPassword, isPassword, makePassword } from './password.ts';

export interface PasswordSettings extends OtherUsers {
  readonly ADMIN_PASSWORD?: string | undefined;
  readonly ADMIN_PASSWORD_FILE?: string | undefined;
}

/** How often what is wrong is looked at again. */
const LOOK_AGAIN_MS = 5000;

/**
 * The administrator's password, as the settings have it or as it was made. Whatever is wrong with
 * it or with the file of access costs log-ins over the network and nothing else: it is told, and
 * looked at again until somebody has mended it.
 */
export interface Administrator {
  /** @returns what is stored of the password. @throws HttpError 503 when nobody can log in with it. */
  passwordHash(): string;
  stop(): void;
}

/** @param onMade told the password that had to be made: it is shown this one time, and not kept. */
export async function prepareAdministrator(
  file: AccessFile,
  settings: PasswordSettings,
  { logger, onMade }: { readonly logger: Logger; readonly onMade: (password: string) => void },
): Promise<Administrator> {
  let problem: CodedError | null = null;
  let told = '';
  let again: NodeJS.Timeout | null = null;

  async function look(): Promise<void> {
    try {
      problem = await findProblem();
      const text = problem === null ? '' : describeError(problem);
      if (text !== '' && text !== told) logger.error(text);
      if (text === '' && told !== '') logger.info('Log-in over the network works again.');
      told = text;
    } finally {
      // Also where the look itself fails: it may have been the disk.
      if (problem !== null) again = setTimeout(() => void look(), LOOK_AGAIN_MS).unref();
    }
  }

  async function findProblem(): Promise<CodedError | null> {
    if (file.damage !== null && !file.read()) return file.damage;
    try {
      const configured = await configuredPassword(settings);
      await preparePassword(file, configured, onMade);
      return null;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'GITCRON_E_ACCESS_WRITE') {
        // It holds, if only until the next start.
        logger.error(describeError(error));
        return null;
      }
      // Whoever knows it may have logged in with it.
      if (error instanceof LeakedPasswordError) {
        await file
          .change(({ sessions }) => ({ sessions: withoutPassword(sessions) }))
          .catch(() => {});
      }
      return error;
    }
  }

  await look();
  return {
    passwordHash() {
      const { password } = file.content;
      // A file that is gone or cannot be read takes nothing from the password that was in it.
      if (password === null || problem instanceof LeakedPasswordError) throw noLogIn();
      return password;
    },
    stop() {
      if (again !== null) clearTimeout(again);
    },
  };
}

/** @returns null when the settings leave it to us. @throws CodedError */
export async function configuredPassword(settings: PasswordSettings): Promise<string | null> {
  const { ADMIN_PASSWORD, ADMIN_PASSWORD_FILE } = settings;
  if (ADMIN_PASSWORD_FILE === undefined) return ADMIN_PASSWORD ?? null;
  return readPasswordFile(ADMIN_PASSWORD_FILE, settings);
}

/**
 * Makes sure that there is a password. Another one in the settings than before ends all log-ins by password.
 * @returns the password when one had to be made.
 */
export async function preparePassword(
  file: AccessFile,
  configured: string | null,
  onMade: (password: string) => void = () => {},
): Promise<string | null> {
  const { password } = file.content;
  if (configured === null) {
    if (password !== null) return null;
    const made = makePassword();
    const hash = await hashPassword(made);
    const writing = file.change(() => ({ password: hash }));
    // It holds, also when it cannot be written.
    onMade(made);
    await writing;
    return made;
  }
  if (password === null || !(await isPassword(configured, password))) {
    const hash = await hashPassword(configured);
    await file.change(({ sessions }) => ({
      password: hash,
      sessions: withoutPassword(sessions),
    }));
  }
  return null;
}

/** Whoever was let in by an identity provider does not know it. */
function withoutPassword(sessions: readonly StoredSession[]): StoredSession[] {
  return sessions.filter(({ via }) => via !== 'password');
}

function noLogIn(): HttpError {
  const sentence = 'Nobody can log in with a password now.';
  return new HttpError(503, 'GITCRON_E_NO_PASSWORD', sentence, {
    hint: "The supervisor's log says what is wrong with the administrator's password. Tokens and commands on the supervisor's machine work (gitcron status).",
  });
}
