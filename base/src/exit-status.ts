/** Exit statuses of sysexits.h that our commands use. */
export const EXIT_USAGE = 64;
export const EXIT_DATA = 65;
export const EXIT_NOT_FOUND = 66;
export const EXIT_UNAVAILABLE = 69;
export const EXIT_SOFTWARE = 70;
export const EXIT_IO = 74;
export const EXIT_NOT_NOW = 75;
export const EXIT_NOT_ALLOWED = 77;
export const EXIT_CONFIG = 78;
