// The engine for programs: what the commands do, as functions. docs/library.md is its guide; what is exported here stays as it is within a
// major version.

export type { CaptureProblem, ErrorCode } from '../errors.js';
export {
  CaptureError,
  ExpectationError,
  FilterError,
  HopscopeError,
  InterruptedError,
  TopologyError,
  UsageError,
} from '../errors.js';
export type { Outcome, QuestionKind, Tally } from '../facts/questions.js';
export type { Progress } from '../main/progress.js';
export type {
  Report,
  ReportCapture,
  ReportExpectation,
  ReportInterface,
  ReportSuite,
  ReportTopology,
  ReportWitness,
} from '../report/record.js';
export type {
  Confidence,
  Evidence,
  Finding,
  FindingPhase,
  LedgerSummary,
  Quote,
  Severity,
  Subject,
  Verdict,
} from '../rules/finding.js';
export type { Conversation, Direction } from './conversation.js';
export { type Dissection, type DissectOptions, dissect, type Field, type Layer } from './dissect.js';
export type { Address, FactCapture, FactConversation, FactDirection, Facts, Mark } from './facts.js';
export { compileFilter, type Filter } from './filter.js';
export { type Followed, follow, type Said } from './follow.js';
export type { Capture, Frame, NewFrame, OpenOptions } from './frame.js';
export type { Content, Input, Inputs, LabOptions, RunOptions } from './inputs.js';
export type { Hop, Journey } from './journey.js';
export type { LabAddress, LabInterface, LabNode, LabPod, LabRoute, LabTopology } from './lab-topology.js';
export { type Live, type LiveEvent, type LiveOptions, type LiveSource, live } from './live.js';
export type { Neighbour } from './neighbour.js';
export { openCapture } from './open-capture.js';
export { usePlugins } from './plugins.js';
export { type FormatOptions, type ReportFormat, Result, Run } from './result.js';
export { analyze } from './run.js';
export { type ImportedTopology, importTopology, loadTopology, type ToolOutput } from './topology.js';
export { type Expectation, Verification, type VerifyOptions, verify } from './verify.js';
export { writePcapng } from './write-pcapng.js';
