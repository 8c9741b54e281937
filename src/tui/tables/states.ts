// States of a conversation, in Zeek's words (base/protocols/conn: conn_state).
const MEANINGS: Readonly<Record<string, string>> = {
  S0: 'asked, no answer',
  S1: 'open, not closed',
  SF: 'opened and closed, or answered',
  REJ: 'refused',
  S2: 'closed by the side that asked, not by the other',
  S3: 'closed by the side that answered, not by the other',
  RSTO: 'reset by the side that asked',
  RSTR: 'reset by the side that answered',
  RSTOS0: 'asked and reset by the same side, no answer',
  RSTRH: 'only an answer and its reset were seen',
  SH: 'asked and closed by the same side, no answer',
  SHR: 'only the answer was seen',
  OTH: 'seen from its middle',
};

/** What a state says; '' for an unknown one. */
export const stateMeaning = (state: string): string => MEANINGS[state] ?? '';
