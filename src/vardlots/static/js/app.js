// What a patient's page needs.

import { startChats } from "./chat.js";
import { startComposers } from "./composer.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startInterview } from "./interview.js";
import { startLive } from "./live.js";
import { startMail } from "./mail.js";
import { startSwaps } from "./swaps.js";
import { startZoom } from "./zoom.js";

startSwaps();
startForms();
startDialogs();
startChats();
startComposers();
startMail();
startLive();
startInterview();
startZoom();
startCopy();
