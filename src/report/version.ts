// Named in every report. A test holds it against package.json, which is not read when the program starts.
export const VERSION = '0.1.0';
