// Where there are no plug-ins (in a browser) no text is read by one: this stands in the place of added-texts.ts.
export const textReaderOf = (): null => null;
export const readAsCapture = async (_reader: unknown, _path: string, file: string): Promise<string> => file;
export const asTopology = (_name: string, text: string): string => text;
