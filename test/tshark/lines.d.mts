export interface Line {
  readonly line: string;
  /** Why hopscope differs; null: it does not. */
  differs: string | null;
}
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
}
export function readLines(): Line[];
export function words(line: string): string[];
export function unnamed(text: string): string;
export function answerOf(line: string): Answer;
export function asked(line: string): string[];
