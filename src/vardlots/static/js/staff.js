// What a staff page needs.

import { startAssisted } from "./assisted.js";
import { startChats } from "./chat.js";
import { startCodes } from "./codes.js";
import { startComposers } from "./composer.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startHelp } from "./help.js";
import { startKeys } from "./keys.js";
import { startCounts, startLists } from "./lists.js";
import { startLive } from "./live.js";
import { startMail } from "./mail.js";
import { startNotes } from "./note.js";
import { startTrees } from "./resource-tree.js";
import { startSwaps } from "./swaps.js";
import { startWaiting } from "./waiting.js";
import { startZoom } from "./zoom.js";

startSwaps();
startForms();
startDialogs();
startChats();
startComposers();
startMail();
startLists();
startCounts();
startLive();
startWaiting();
startNotes();
startTrees();
startCodes();
startHelp();
startKeys();
startZoom();
startCopy();
startAssisted();
