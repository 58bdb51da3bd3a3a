<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="hi" sourcelanguage="en">
<context>
    <name>Antara</name>
    <message numerus="yes">
        <source>%n channel(s)</source>
        <translation>
            <numerusform>%n चैनल</numerusform>
            <numerusform>%n चैनल</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pass(es)</source>
        <translation>
            <numerusform>%n दौर</numerusform>
            <numerusform>%n दौर</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n song(s) chosen</source>
        <translation>
            <numerusform>%n गीत चुना गया</numerusform>
            <numerusform>%n गीत चुने गए</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n song(s) selected</source>
        <translation>
            <numerusform>%n गीत चुना गया</numerusform>
            <numerusform>%n गीत चुने गए</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n stem(s)</source>
        <translation>
            <numerusform>%n स्टेम</numerusform>
            <numerusform>%n स्टेम</numerusform>
        </translation>
    </message>
    <message>
        <source>, up to 16 kHz</source>
        <translation>, 16 kHz तक</translation>
    </message>
    <message>
        <source>1 pass, from the beginning</source>
        <translation>1 दौर, शुरुआत से</translation>
    </message>
    <message>
        <source>A model cannot be called “{name}”; choose a name of letters and digits.</source>
        <translation>मॉडल का नाम “{name}” नहीं हो सकता; अक्षरों और अंकों वाला नाम चुनें।</translation>
    </message>
    <message>
        <source>A model is downloaded once, and then works without a connection.</source>
        <translation>मॉडल एक बार डाउनलोड होता है, फिर बिना इंटरनेट के काम करता है।</translation>
    </message>
    <message>
        <source>A training was begun in “{path}”; go on with it (--resume), or choose another folder.</source>
        <translation>“{path}” में एक प्रशिक्षण शुरू हो चुका है; उसे आगे बढ़ाएँ (--resume), या कोई दूसरा फ़ोल्डर चुनें।</translation>
    </message>
    <message>
        <source>AAC, 256 kbit/s: for all DJ programs</source>
        <translation>AAC, 256 kbit/s: सभी DJ प्रोग्रामों के लिए</translation>
    </message>
    <message>
        <source>ALAC, lossless: not for Traktor on Windows</source>
        <translation>ALAC, बिना हानि: Windows पर Traktor के लिए नहीं</translation>
    </message>
    <message>
        <source>About Antara</source>
        <translation>Antara के बारे में</translation>
    </message>
    <message>
        <source>About {size}</source>
        <translation>लगभग {size}</translation>
    </message>
    <message>
        <source>Add a model from an archive</source>
        <translation>आर्काइव से मॉडल जोड़ें</translation>
    </message>
    <message>
        <source>Add a model from its folder</source>
        <translation>फ़ोल्डर से मॉडल जोड़ें</translation>
    </message>
    <message>
        <source>Add all songs of a folder to the queue</source>
        <translation>किसी फ़ोल्डर के सभी गीत कतार में जोड़ें</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>फ़ाइलें जोड़ें…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>फ़ोल्डर जोड़ें…</translation>
    </message>
    <message>
        <source>Add from disk</source>
        <translation>डिस्क से जोड़ें</translation>
    </message>
    <message>
        <source>Add songs to the queue</source>
        <translation>कतार में गीत जोड़ें</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>सभी फ़ाइलें (*)</translation>
    </message>
    <message>
        <source>All stems</source>
        <translation>सभी स्टेम</translation>
    </message>
    <message>
        <source>All stems are silent; turn one up.</source>
        <translation>सभी स्टेम मौन हैं; किसी एक का वॉल्यूम बढ़ाएँ।</translation>
    </message>
    <message>
        <source>All stems are {reduction_db:.1f} dB quieter, so that no peak is cut off; 32-bit float keeps levels.</source>
        <translation>सभी स्टेम {reduction_db:.1f} dB धीमे किए गए हैं ताकि कोई शिखर न कटे; 32-बिट फ़्लोट में स्तर ज्यों के त्यों रहते हैं।</translation>
    </message>
    <message>
        <source>All stems quieter, by the same amount</source>
        <translation>सभी स्टेम बराबर धीमे किए जाएँ</translation>
    </message>
    <message>
        <source>Always bf16</source>
        <translation>हमेशा bf16</translation>
    </message>
    <message>
        <source>Another run writes into “{path}”; wait for its end or choose another folder.</source>
        <translation>“{path}” में कोई और प्रक्रिया लिख रही है; उसके पूरा होने की प्रतीक्षा करें या कोई दूसरा फ़ोल्डर चुनें।</translation>
    </message>
    <message>
        <source>Another song is being worked on; open this one when that is done.</source>
        <translation>अभी एक दूसरे गीत पर काम चल रहा है; उसके पूरा होने पर इसे खोलें।</translation>
    </message>
    <message>
        <source>Another window keeps the queue; use that one: what is queued here is forgotten in the end.</source>
        <translation>कतार दूसरी विंडो में सहेजी जा रही है; उसी का उपयोग करें: यहाँ जोड़े गए गीत यह विंडो बंद होने पर हट जाएँगे।</translation>
    </message>
    <message>
        <source>Antara ended during this song; it will be separated again.</source>
        <translation>इस गीत के दौरान Antara बंद हो गया; इसे फिर से अलग किया जाएगा।</translation>
    </message>
    <message>
        <source>Antara's tests</source>
        <translation>Antara के परीक्षण</translation>
    </message>
    <message>
        <source>Any audio or video file. It stays on this computer.</source>
        <translation>कोई भी ऑडियो या वीडियो फ़ाइल। यह इसी कंप्यूटर पर रहती है।</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>रूप-रंग</translation>
    </message>
    <message>
        <source>Archive (.tar.gz)…</source>
        <translation>आर्काइव (.tar.gz)…</translation>
    </message>
    <message>
        <source>Archives ({types})</source>
        <translation>आर्काइव ({types})</translation>
    </message>
    <message>
        <source>As Spleeter makes them</source>
        <translation>जैसे Spleeter बनाता है</translation>
    </message>
    <message>
        <source>As in the settings</source>
        <translation>सेटिंग के अनुसार</translation>
    </message>
    <message>
        <source>As the song ({rate} kHz)</source>
        <translation>गीत के अनुसार ({rate} kHz)</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>सिस्टम के अनुसार</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>पूछा जा रहा है…</translation>
    </message>
    <message>
        <source>Automatic (a GPU if there is one)</source>
        <translation>स्वचालित (GPU हो तो उस पर)</translation>
    </message>
    <message>
        <source>Automatic (the fastest one)</source>
        <translation>स्वचालित (सबसे तेज़)</translation>
    </message>
    <message>
        <source>Automatic ({count})</source>
        <translation>स्वचालित ({count})</translation>
    </message>
    <message>
        <source>Back 5 seconds</source>
        <translation>5 सेकंड पीछे</translation>
    </message>
    <message>
        <source>Back to 0 dB</source>
        <translation>वापस 0 dB पर</translation>
    </message>
    <message>
        <source>Bass</source>
        <translation>बेस</translation>
    </message>
    <message>
        <source>Beginning and end of the loop</source>
        <translation>लूप की शुरुआत और अंत</translation>
    </message>
    <message>
        <source>Best available ({model})</source>
        <translation>उपलब्ध में सबसे अच्छा ({model})</translation>
    </message>
    <message>
        <source>Built in</source>
        <translation>अंतर्निहित</translation>
    </message>
    <message>
        <source>Built-in, {stems}</source>
        <translation>अंतर्निहित, {stems}</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Can be opened</source>
        <translation>खोला जा सकता है</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>रद्द करें</translation>
    </message>
    <message>
        <source>Cancel all</source>
        <translation>सब रद्द करें</translation>
    </message>
    <message>
        <source>Cancel the download of {model}</source>
        <translation>{model} का डाउनलोड रद्द करें</translation>
    </message>
    <message>
        <source>Cancel the installation of {name}</source>
        <translation>{name} का इंस्टॉलेशन रद्द करें</translation>
    </message>
    <message>
        <source>Cancel, or remove the loop</source>
        <translation>रद्द करें, या लूप हटाएँ</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>रद्द किया गया</translation>
    </message>
    <message>
        <source>Cancelled; nothing unfinished was written.</source>
        <translation>रद्द किया गया; कोई अधूरी फ़ाइल नहीं लिखी गई।</translation>
    </message>
    <message>
        <source>Catalogues need {package}, which is not installed; run “pip install -r {requirements}”.</source>
        <translation>सूचियों के लिए {package} चाहिए, जो इंस्टॉल नहीं है; “pip install -r {requirements}” चलाएँ।</translation>
    </message>
    <message>
        <source>Change the folder that the files go to</source>
        <translation>फ़ाइलों का फ़ोल्डर बदलें</translation>
    </message>
    <message>
        <source>Change the format of the files</source>
        <translation>फ़ाइलों का फ़ॉर्मैट बदलें</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>बदलें…</translation>
    </message>
    <message>
        <source>Check for a newer version</source>
        <translation>नए संस्करण की जाँच करें</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>फ़ोल्डर चुनें</translation>
    </message>
    <message>
        <source>Choose a stem.</source>
        <translation>कोई स्टेम चुनें।</translation>
    </message>
    <message>
        <source>Choose the folder for the separated songs</source>
        <translation>अलग किए गए गीतों का फ़ोल्डर चुनें</translation>
    </message>
    <message>
        <source>Choose: {name}</source>
        <translation>चुनें: {name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>चुनें…</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>हटाएँ</translation>
    </message>
    <message>
        <source>Clear done</source>
        <translation>तैयार गीत हटाएँ</translation>
    </message>
    <message>
        <source>Clear history…</source>
        <translation>इतिहास हटाएँ…</translation>
    </message>
    <message>
        <source>Clear the history</source>
        <translation>इतिहास हटाएँ</translation>
    </message>
    <message>
        <source>Click to go there; drag to loop a part</source>
        <translation>वहाँ जाने के लिए क्लिक करें; किसी हिस्से को लूप करने के लिए खींचें</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>बंद करें</translation>
    </message>
    <message>
        <source>Collecting…</source>
        <translation>इकट्ठा किया जा रहा है…</translation>
    </message>
    <message>
        <source>Composing songs needs SciPy, which is not installed; run “pip install -r {requirements}”.</source>
        <translation>गीत रचने के लिए SciPy चाहिए, जो इंस्टॉल नहीं है; “pip install -r {requirements}” चलाएँ।</translation>
    </message>
    <message>
        <source>Configurations (*.json)</source>
        <translation>कॉन्फ़िगरेशन (*.json)</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>विवरण कॉपी करें</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>ख़राब</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>गहरा</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>डिफ़ॉल्ट</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>डिवाइस</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>उपकरण</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>हटा दें</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>बंद करें</translation>
    </message>
    <message>
        <source>Dismiss the message</source>
        <translation>संदेश बंद करें</translation>
    </message>
    <message>
        <source>Do not write</source>
        <translation>न लिखें</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>तैयार</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>डाउनलोड करें</translation>
    </message>
    <message>
        <source>Download again</source>
        <translation>फिर से डाउनलोड करें</translation>
    </message>
    <message>
        <source>Download it in “Models…” first.</source>
        <translation>पहले इसे “मॉडल…” में डाउनलोड करें।</translation>
    </message>
    <message>
        <source>Download {model}</source>
        <translation>{model} डाउनलोड करें</translation>
    </message>
    <message>
        <source>Download, add and remove models</source>
        <translation>मॉडल डाउनलोड करें, जोड़ें और हटाएँ</translation>
    </message>
    <message>
        <source>Downloading: {progress}</source>
        <translation>डाउनलोड हो रहा है: {progress}</translation>
    </message>
    <message>
        <source>Downloading…</source>
        <translation>डाउनलोड हो रहा है…</translation>
    </message>
    <message>
        <source>Drop a song here</source>
        <translation>गीत यहाँ छोड़ें</translation>
    </message>
    <message>
        <source>Drop songs and folders here; they are separated one after the other.</source>
        <translation>गीत और फ़ोल्डर यहाँ छोड़ें; वे एक के बाद एक अलग किए जाएँगे।</translation>
    </message>
    <message>
        <source>Drums</source>
        <translation>ड्रम</translation>
    </message>
    <message>
        <source>Each pass cuts the song elsewhere; the mean of several is a little cleaner.</source>
        <translation>हर दौर में गीत अलग जगहों पर कटता है; कई दौरों का औसत थोड़ा ज़्यादा साफ़ होता है।</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>इंजन</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>इंजन</translation>
    </message>
    <message>
        <source>Engines and devices</source>
        <translation>इंजन और उपकरण</translation>
    </message>
    <message>
        <source>Exact (f32)</source>
        <translation>सटीक (f32)</translation>
    </message>
    <message>
        <source>Existing files</source>
        <translation>मौजूदा फ़ाइलें</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>निर्यात करें</translation>
    </message>
    <message>
        <source>Export cancelled; nothing was written.</source>
        <translation>निर्यात रद्द किया गया; कोई फ़ाइल नहीं लिखी गई।</translation>
    </message>
    <message>
        <source>Exported to “{folder}”.</source>
        <translation>“{folder}” में निर्यात किया गया।</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>निर्यात करें…</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>विफल</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>तेज़</translation>
    </message>
    <message>
        <source>Fast computes in bf16 where the processor has it and it cannot be heard; exact always in f32.</source>
        <translation>“तेज़” वहाँ bf16 में गणना करता है जहाँ प्रोसेसर में यह है और फ़र्क सुनाई नहीं देता; “सटीक” हमेशा f32 में।</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>फ़ाइलें</translation>
    </message>
    <message>
        <source>Five seconds back and on</source>
        <translation>पाँच सेकंड पीछे और आगे</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>फ़ोल्डर</translation>
    </message>
    <message>
        <source>Folder for exports</source>
        <translation>निर्यात का फ़ोल्डर</translation>
    </message>
    <message>
        <source>Folder for the queue</source>
        <translation>कतार का फ़ोल्डर</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>फ़ोल्डर…</translation>
    </message>
    <message>
        <source>For example {name}</source>
        <translation>उदाहरण: {name}</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>फ़ॉर्मैट</translation>
    </message>
    <message>
        <source>Format of the stem file</source>
        <translation>स्टेम फ़ाइल का फ़ॉर्मैट</translation>
    </message>
    <message>
        <source>Format…</source>
        <translation>फ़ॉर्मैट…</translation>
    </message>
    <message>
        <source>Forward 5 seconds</source>
        <translation>5 सेकंड आगे</translation>
    </message>
    <message>
        <source>Found in {folder}</source>
        <translation>{folder} में मिला</translation>
    </message>
    <message>
        <source>Found: {names}</source>
        <translation>मिले: {names}</translation>
    </message>
    <message>
        <source>Give the whole path of the folder, from its beginning.</source>
        <translation>फ़ोल्डर का पूरा पथ लिखें, शुरुआत से।</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>जारी रखें</translation>
    </message>
    <message>
        <source>Guitar</source>
        <translation>गिटार</translation>
    </message>
    <message>
        <source>Have a model on disk? Drop its archive or its folder here.</source>
        <translation>क्या मॉडल डिस्क पर है? उसका आर्काइव या फ़ोल्डर यहाँ छोड़ें।</translation>
    </message>
    <message>
        <source>Hear the original in the place of the mix</source>
        <translation>मिक्स की जगह मूल गीत सुनें</translation>
    </message>
    <message>
        <source>History</source>
        <translation>इतिहास</translation>
    </message>
    <message>
        <source>How much neighbouring parts of the song share; more makes the joins smoother.</source>
        <translation>गीत के पड़ोसी हिस्से कितना साझा करते हैं; ज़्यादा होने पर जोड़ ज़्यादा सहज होते हैं।</translation>
    </message>
    <message>
        <source>In a lane</source>
        <translation>पट्टी में</translation>
    </message>
    <message>
        <source>In the queue and the history</source>
        <translation>कतार और इतिहास में</translation>
    </message>
    <message>
        <source>Insert</source>
        <translation>डालें</translation>
    </message>
    <message>
        <source>Insert a placeholder</source>
        <translation>प्लेसहोल्डर डालें</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>इंस्टॉल है</translation>
    </message>
    <message>
        <source>Installing…</source>
        <translation>इंस्टॉल हो रहा है…</translation>
    </message>
    <message>
        <source>Instrumental</source>
        <translation>वाद्य संगीत</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>बीच में रुका</translation>
    </message>
    <message>
        <source>Into {folder}</source>
        <translation>{folder} में</translation>
    </message>
    <message>
        <source>It can be downloaded again.</source>
        <translation>इसे फिर से डाउनलोड किया जा सकता है।</translation>
    </message>
    <message>
        <source>It cannot be downloaded again.</source>
        <translation>इसे फिर से डाउनलोड नहीं किया जा सकता।</translation>
    </message>
    <message>
        <source>It does not start: {detail}</source>
        <translation>यह शुरू नहीं होता: {detail}</translation>
    </message>
    <message>
        <source>Its files stay where they are (Delete)</source>
        <translation>इसकी फ़ाइलें अपनी जगह रहती हैं (Delete)</translation>
    </message>
    <message>
        <source>Its package is not installed.</source>
        <translation>इसका पैकेज इंस्टॉल नहीं है।</translation>
    </message>
    <message>
        <source>Its stems were not exported; the song can be separated again.</source>
        <translation>इसके स्टेम निर्यात नहीं किए गए; गीत फिर से अलग किया जा सकता है।</translation>
    </message>
    <message>
        <source>Its text</source>
        <translation>उसका पाठ</translation>
    </message>
    <message>
        <source>Karaoke</source>
        <translation>कैराओके</translation>
    </message>
    <message>
        <source>Karaoke: vocals down</source>
        <translation>कैराओके: गायन धीमा</translation>
    </message>
    <message>
        <source>Karaoke: vocals {level}</source>
        <translation>कैराओके: गायन {level}</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>रहने दें</translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation>दोनों रखें</translation>
    </message>
    <message>
        <source>Keep both, as “vocals (2)”</source>
        <translation>दोनों रखें, जैसे “vocals (2)”</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>कुंजियाँ</translation>
    </message>
    <message>
        <source>Keys (F1)</source>
        <translation>कुंजियाँ (F1)</translation>
    </message>
    <message>
        <source>Lane of {stem}</source>
        <translation>{stem} की पट्टी</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>भाषा</translation>
    </message>
    <message>
        <source>Last error</source>
        <translation>पिछली गड़बड़ी</translation>
    </message>
    <message>
        <source>Leave them, and say so</source>
        <translation>उन्हें रहने दें और बताएँ</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>अवधि</translation>
    </message>
    <message>
        <source>Level of the mix</source>
        <translation>मिक्स का स्तर</translation>
    </message>
    <message>
        <source>Level of {stem}</source>
        <translation>{stem} का स्तर</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>लाइसेंस</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>हल्का</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>मॉडल लोड हो रहा है…</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>लॉग</translation>
    </message>
    <message>
        <source>Look for new devices</source>
        <translation>नए डिवाइस खोजें</translation>
    </message>
    <message>
        <source>Looking for GPUs…</source>
        <translation>GPU खोजे जा रहे हैं…</translation>
    </message>
    <message>
        <source>Looking for songs…</source>
        <translation>गीत खोजे जा रहे हैं…</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>लूप</translation>
    </message>
    <message>
        <source>Looped region, {start} – {end}</source>
        <translation>लूप का हिस्सा, {start} – {end}</translation>
    </message>
    <message>
        <source>Manage models…</source>
        <translation>मॉडल प्रबंधित करें…</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>मिरर</translation>
    </message>
    <message>
        <source>Mix</source>
        <translation>मिक्स</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>मॉडल</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>मॉडल</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>मॉडल…</translation>
    </message>
    <message>
        <source>More options</source>
        <translation>और विकल्प</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>नीचे ले जाएँ</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>ऊपर ले जाएँ</translation>
    </message>
    <message>
        <source>Move up and down</source>
        <translation>ऊपर और नीचे ले जाएँ</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>म्यूट करें</translation>
    </message>
    <message>
        <source>Mute {stem}</source>
        <translation>{stem} म्यूट करें</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>नाम</translation>
    </message>
    <message>
        <source>Names of files</source>
        <translation>फ़ाइलों के नाम</translation>
    </message>
    <message>
        <source>Nearest ({rate} kHz)</source>
        <translation>सबसे पास की दर ({rate} kHz)</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>नेटवर्क</translation>
    </message>
    <message>
        <source>No GPU that can be used was found on this computer.</source>
        <translation>इस कंप्यूटर पर काम में आने लायक कोई GPU नहीं मिला।</translation>
    </message>
    <message>
        <source>No songs were found in what was added.</source>
        <translation>जो जोड़ा गया उसमें कोई गीत नहीं मिला।</translation>
    </message>
    <message>
        <source>No songs yet</source>
        <translation>अभी कोई गीत नहीं</translation>
    </message>
    <message>
        <source>Not exported</source>
        <translation>निर्यात नहीं हुआ</translation>
    </message>
    <message>
        <source>Nothing here matches “{text}”.</source>
        <translation>“{text}” से मेल खाता कुछ नहीं मिला।</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>ठीक है</translation>
    </message>
    <message>
        <source>Of the network, when it runs on the CPU.</source>
        <translation>नेटवर्क के थ्रेड, जब वह CPU पर चलता है।</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>बंद</translation>
    </message>
    <message>
        <source>One decibel louder, quieter</source>
        <translation>एक डेसिबल तेज़, धीमा</translation>
    </message>
    <message>
        <source>One file for Traktor and other DJ programs: the song, drums, bass, vocals and the rest.</source>
        <translation>Traktor और दूसरे DJ प्रोग्रामों के लिए एक फ़ाइल: गीत, ड्रम, बेस, गायन और बाकी।</translation>
    </message>
    <message>
        <source>One file for whoever helps you. Look through it: your name and your home folder are replaced in it. It is only saved; nothing is sent.</source>
        <translation>जो आपकी मदद करे, उसके लिए एक फ़ाइल। इसे देख लें: इसमें आपका नाम और आपका होम फ़ोल्डर बदल दिए गए हैं। यह केवल सहेजी जाती है; कुछ भी भेजा नहीं जाता।</translation>
    </message>
    <message>
        <source>Only the loud moments quieter</source>
        <translation>केवल बहुत तेज़ हिस्से धीमे किए जाएँ</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>खोलें</translation>
    </message>
    <message>
        <source>Open a song…</source>
        <translation>गीत खोलें…</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>उसका पृष्ठ खोलें</translation>
    </message>
    <message>
        <source>Open songs</source>
        <translation>गीत खोलें</translation>
    </message>
    <message>
        <source>Open what is done</source>
        <translation>तैयार गीत खोलें</translation>
    </message>
    <message>
        <source>Open what was copied</source>
        <translation>कॉपी किया हुआ गीत खोलें</translation>
    </message>
    <message>
        <source>Opened from the stems that were exported</source>
        <translation>निर्यात किए गए स्टेम से खोला गया</translation>
    </message>
    <message>
        <source>Opens at once, from the stems that were exported.</source>
        <translation>निर्यात किए गए स्टेम से तुरंत खुलता है।</translation>
    </message>
    <message>
        <source>Opens from the stems that were exported; the song itself is not where it was.</source>
        <translation>निर्यात किए गए स्टेम से खुलता है; मूल गीत अपनी जगह पर नहीं है।</translation>
    </message>
    <message>
        <source>Opens from the stems that were exported; the song itself was changed since.</source>
        <translation>निर्यात किए गए स्टेम से खुलता है; मूल गीत उसके बाद बदल गया।</translation>
    </message>
    <message>
        <source>Opens the stems that were exported (Return)</source>
        <translation>निर्यात किए गए स्टेम खोलता है (Return)</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>खोलें…</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>मूल गीत</translation>
    </message>
    <message>
        <source>Original or mix</source>
        <translation>मूल गीत या मिक्स</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>अन्य</translation>
    </message>
    <message>
        <source>Overlap</source>
        <translation>ओवरलैप</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>हिस्सा</translation>
    </message>
    <message>
        <source>Passes</source>
        <translation>दौर</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>विराम</translation>
    </message>
    <message>
        <source>Peaks are cut off, as Spleeter does</source>
        <translation>शिखर काट दिए जाएँ, जैसे Spleeter करता है</translation>
    </message>
    <message>
        <source>Piano</source>
        <translation>पियानो</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>चलाएँ</translation>
    </message>
    <message>
        <source>Play and pause</source>
        <translation>चलाएँ और विराम दें</translation>
    </message>
    <message>
        <source>Playback is off: no sound device was found; connect one to listen. All else works as usual.</source>
        <translation>गीत सुना नहीं जा सकता: कोई ध्वनि डिवाइस नहीं मिला; सुनने के लिए कोई जोड़ें। अलग करना और निर्यात पहले की तरह काम करते हैं।</translation>
    </message>
    <message>
        <source>Playback stopped ({detail}); press Play to try again.</source>
        <translation>प्लेबैक रुक गया ({detail}); फिर कोशिश करने के लिए “चलाएँ” दबाएँ।</translation>
    </message>
    <message>
        <source>Playing</source>
        <translation>सुनना</translation>
    </message>
    <message>
        <source>Position in the song</source>
        <translation>गीत में स्थान</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>परिशुद्धता</translation>
    </message>
    <message>
        <source>Program and computer</source>
        <translation>प्रोग्राम और कंप्यूटर</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>प्रगति</translation>
    </message>
    <message>
        <source>Progress of the separation</source>
        <translation>अलग करने की प्रगति</translation>
    </message>
    <message>
        <source>Progress of {name}</source>
        <translation>{name} की प्रगति</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>गुणवत्ता</translation>
    </message>
    <message>
        <source>Quality of Demucs</source>
        <translation>Demucs की गुणवत्ता</translation>
    </message>
    <message>
        <source>Quality of its own: {quality}</source>
        <translation>इसकी अपनी गुणवत्ता: {quality}</translation>
    </message>
    <message>
        <source>Quality…</source>
        <translation>गुणवत्ता…</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>कतार</translation>
    </message>
    <message>
        <source>Queue ({count})</source>
        <translation>कतार ({count})</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>बंद करें</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>हटाएँ</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>मॉडल हटाएँ</translation>
    </message>
    <message>
        <source>Remove all songs from the list?</source>
        <translation>सूची से सभी गीत हटाएँ?</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>सूची से हटाएँ</translation>
    </message>
    <message>
        <source>Remove the loop</source>
        <translation>लूप हटाएँ</translation>
    </message>
    <message>
        <source>Remove {model}</source>
        <translation>{model} हटाएँ</translation>
    </message>
    <message>
        <source>Remove “{model}” ({size}) from this computer?</source>
        <translation>“{model}” ({size}) को इस कंप्यूटर से हटाएँ?</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>बदलें</translation>
    </message>
    <message>
        <source>Replace them</source>
        <translation>उन्हें बदल दें</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>जारी रखें</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>फिर कोशिश करें</translation>
    </message>
    <message>
        <source>Retry failed</source>
        <translation>विफल गीत फिर आज़माएँ</translation>
    </message>
    <message>
        <source>Runs on the CPU with {engine}, as chosen.</source>
        <translation>जैसा चुना गया, {engine} के साथ CPU पर चल रहा है।</translation>
    </message>
    <message>
        <source>Runs on the CPU with {engine}: no GPU that can be used was found.</source>
        <translation>{engine} के साथ CPU पर चल रहा है: काम में आने लायक कोई GPU नहीं मिला।</translation>
    </message>
    <message>
        <source>Runs on {device} with {engine}.</source>
        <translation>{engine} के साथ {device} पर चल रहा है।</translation>
    </message>
    <message>
        <source>SDR on {music}</source>
        <translation>SDR ({music})</translation>
    </message>
    <message>
        <source>Sample rate</source>
        <translation>सैंपल दर</translation>
    </message>
    <message>
        <source>Save the support bundle</source>
        <translation>सहायता फ़ाइल सहेजें</translation>
    </message>
    <message>
        <source>Saved “{file}”.</source>
        <translation>“{file}” सहेजी गई।</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>सहेजें…</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>खोजें</translation>
    </message>
    <message>
        <source>Search the history</source>
        <translation>इतिहास में खोजें</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>अनुभाग</translation>
    </message>
    <message>
        <source>Separate</source>
        <translation>अलग करें</translation>
    </message>
    <message>
        <source>Separate again</source>
        <translation>फिर से अलग करें</translation>
    </message>
    <message>
        <source>Separated</source>
        <translation>कब अलग हुआ</translation>
    </message>
    <message>
        <source>Separated songs</source>
        <translation>अलग किए गए गीत</translation>
    </message>
    <message>
        <source>Separated {length} in {time:.1f} s</source>
        <translation>{length} का गीत {time:.1f} सेकंड में अलग हुआ</translation>
    </message>
    <message>
        <source>Separates songs into stems on your own computer. Nothing is uploaded.</source>
        <translation>गीतों को आपके अपने कंप्यूटर पर स्टेम में अलग करता है। कुछ भी अपलोड नहीं होता।</translation>
    </message>
    <message>
        <source>Separating</source>
        <translation>अलग हो रहा है</translation>
    </message>
    <message>
        <source>Separation</source>
        <translation>अलग करना</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>सेटिंग</translation>
    </message>
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>सेटिंग (Ctrl+,)</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>दिखाएँ</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>पूरा दिखाएँ</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>फ़ोल्डर दिखाएँ</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>फ़ोल्डर में दिखाएँ</translation>
    </message>
    <message>
        <source>Show the licences</source>
        <translation>लाइसेंस दिखाएँ</translation>
    </message>
    <message>
        <source>Show the log</source>
        <translation>लॉग दिखाएँ</translation>
    </message>
    <message>
        <source>Show the queue</source>
        <translation>कतार दिखाएँ</translation>
    </message>
    <message>
        <source>Shows the settings as they were at first, in all sections</source>
        <translation>सभी अनुभागों में शुरुआती सेटिंग दिखाता है</translation>
    </message>
    <message>
        <source>Signal-to-distortion ratio on {music}; higher is better. Source: {source}.</source>
        <translation>सिग्नल-टू-डिस्टॉर्शन अनुपात ({music}); जितना ज़्यादा, उतना बेहतर। स्रोत: {source}।</translation>
    </message>
    <message>
        <source>Solo</source>
        <translation>सोलो करें</translation>
    </message>
    <message>
        <source>Solo {stem}</source>
        <translation>{stem} सोलो करें</translation>
    </message>
    <message>
        <source>Something went wrong that should not have ({detail}); please report it.</source>
        <translation>ऐसी गड़बड़ी हुई जो नहीं होनी चाहिए थी ({detail}); कृपया इसकी सूचना दें।</translation>
    </message>
    <message>
        <source>Song</source>
        <translation>गीत</translation>
    </message>
    <message>
        <source>Song not found</source>
        <translation>गीत नहीं मिला</translation>
    </message>
    <message>
        <source>Songs and videos ({types})</source>
        <translation>गीत और वीडियो ({types})</translation>
    </message>
    <message>
        <source>Songs that you separate are listed here, to be opened again.</source>
        <translation>आप जो गीत अलग करेंगे वे यहाँ दिखेंगे और फिर से खोले जा सकेंगे।</translation>
    </message>
    <message>
        <source>Sound device</source>
        <translation>ध्वनि डिवाइस</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>गति</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>शुरू करें</translation>
    </message>
    <message>
        <source>State</source>
        <translation>स्थिति</translation>
    </message>
    <message>
        <source>Stem file for DJs</source>
        <translation>DJ के लिए स्टेम फ़ाइल</translation>
    </message>
    <message>
        <source>Stems</source>
        <translation>स्टेम</translation>
    </message>
    <message>
        <source>Stems changed</source>
        <translation>स्टेम बदल गए</translation>
    </message>
    <message>
        <source>Stems not found</source>
        <translation>स्टेम नहीं मिले</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>रोकें</translation>
    </message>
    <message>
        <source>Stopped after step {step}, which “{path}” keeps; the same command and --resume go on from there.</source>
        <translation>चरण {step} के बाद रोका गया, जो “{path}” में सहेजा है; वही कमांड --resume के साथ वहीं से आगे बढ़ाता है।</translation>
    </message>
    <message>
        <source>Stopped; the same command goes on with what is not in “{path}” yet.</source>
        <translation>रोका गया; वही कमांड उन गीतों से आगे बढ़ेगा जो अभी “{path}” में नहीं हैं।</translation>
    </message>
    <message>
        <source>Support bundle</source>
        <translation>सहायता फ़ाइल</translation>
    </message>
    <message>
        <source>Support bundle…</source>
        <translation>सहायता फ़ाइल…</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>सिस्टम का डिफ़ॉल्ट</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>टैग</translation>
    </message>
    <message>
        <source>Takes about {work:.{digits}f} × as long as usual.</source>
        <translation>आम तौर से लगभग {work:.{digits}f} गुना समय लगता है।</translation>
    </message>
    <message>
        <source>Takes as long as usual.</source>
        <translation>आम तौर जितना ही समय लगता है।</translation>
    </message>
    <message>
        <source>The address of a folder with the archives of the models, for networks that do not reach the official ones. Nothing else that Antara does needs a network.</source>
        <translation>मॉडलों के आर्काइव वाले फ़ोल्डर का पता, उन नेटवर्कों के लिए जो आधिकारिक पतों तक नहीं पहुँचते। Antara को और किसी काम के लिए नेटवर्क नहीं चाहिए।</translation>
    </message>
    <message>
        <source>The disk is full at “{path}”; free some space and try again.</source>
        <translation>“{path}” पर डिस्क भर गई है; कुछ जगह ख़ाली करके फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>The exported stems are not where they were; the song can be separated again.</source>
        <translation>निर्यात किए गए स्टेम अपनी जगह पर नहीं हैं; गीत फिर से अलग किया जा सकता है।</translation>
    </message>
    <message>
        <source>The exported stems were changed; the song can be separated again.</source>
        <translation>निर्यात किए गए स्टेम बदल गए हैं; गीत फिर से अलग किया जा सकता है।</translation>
    </message>
    <message>
        <source>The history</source>
        <translation>इतिहास</translation>
    </message>
    <message>
        <source>The history does not have this song any more; separate it again to open it.</source>
        <translation>यह गीत अब इतिहास में नहीं है; खोलने के लिए इसे फिर से अलग करें।</translation>
    </message>
    <message>
        <source>The mix as heard</source>
        <translation>जैसा सुनाई दे वैसा मिक्स</translation>
    </message>
    <message>
        <source>The model that separates the song</source>
        <translation>गीत को अलग करने वाला मॉडल</translation>
    </message>
    <message>
        <source>The model “{model}” has no stem “{name}”; choose one of its own: {known}.</source>
        <translation>मॉडल “{model}” में “{name}” स्टेम नहीं है; इसके अपने स्टेमों में से चुनें: {known}।</translation>
    </message>
    <message>
        <source>The model “{name}” is damaged ({detail}); download it again or remove it.</source>
        <translation>मॉडल “{name}” ख़राब है ({detail}); इसे फिर से डाउनलोड करें या हटाएँ।</translation>
    </message>
    <message>
        <source>The model “{name}” is not Antara's to remove; delete “{folder}” yourself if you do not need it.</source>
        <translation>मॉडल “{name}” को Antara नहीं हटा सकता; ज़रूरत न हो तो “{folder}” स्वयं हटा दें।</translation>
    </message>
    <message>
        <source>The model “{name}” is not on this computer; download it or add it from a file (see “models --help”).</source>
        <translation>मॉडल “{name}” इस कंप्यूटर पर नहीं है; इसे डाउनलोड करें या फ़ाइल से जोड़ें (“models --help” देखें)।</translation>
    </message>
    <message>
        <source>The pattern for names “{template}” cannot be used ({detail}); correct it.</source>
        <translation>नामों का पैटर्न “{template}” काम में नहीं लिया जा सकता ({detail}); इसे ठीक करें।</translation>
    </message>
    <message>
        <source>The pattern “{template}” gives all stems the same name; put the placeholder “stem” into it.</source>
        <translation>पैटर्न “{template}” से सभी स्टेम का एक ही नाम बनता है; इसमें प्लेसहोल्डर “stem” डालें।</translation>
    </message>
    <message>
        <source>The queue</source>
        <translation>कतार</translation>
    </message>
    <message>
        <source>The queue goes on, but cannot be saved ({reason}); free some space before you close Antara.</source>
        <translation>कतार जारी है, पर सहेजी नहीं जा सकती ({reason}); Antara बंद करने से पहले कुछ जगह ख़ाली करें।</translation>
    </message>
    <message>
        <source>The queue is done.</source>
        <translation>कतार पूरी हुई।</translation>
    </message>
    <message>
        <source>The scheduler at “{address}” does not answer ({detail}); start it, or leave --scheduler out.</source>
        <translation>“{address}” का शेड्यूलर जवाब नहीं देता ({detail}); उसे चालू करें, या --scheduler हटा दें।</translation>
    </message>
    <message>
        <source>The song</source>
        <translation>गीत</translation>
    </message>
    <message>
        <source>The song is not where it was, and there are no exported stems to open.</source>
        <translation>गीत अपनी जगह पर नहीं है, और खोलने के लिए निर्यात किए गए स्टेम भी नहीं हैं।</translation>
    </message>
    <message>
        <source>The songs and the exported stems stay where they are.</source>
        <translation>गीत और निर्यात किए गए स्टेम अपनी जगह रहते हैं।</translation>
    </message>
    <message>
        <source>The sound device went away; connect it and press Play again.</source>
        <translation>ध्वनि डिवाइस हट गया; उसे जोड़कर फिर “चलाएँ” दबाएँ।</translation>
    </message>
    <message>
        <source>The stem “{path}” is not where it was exported to; separate the song again.</source>
        <translation>स्टेम “{path}” वहाँ नहीं है जहाँ निर्यात किया गया था; गीत फिर से अलग करें।</translation>
    </message>
    <message>
        <source>The stem “{path}” was changed after it was exported; separate the song again.</source>
        <translation>स्टेम “{path}” निर्यात के बाद बदल गया; गीत फिर से अलग करें।</translation>
    </message>
    <message>
        <source>The stems of “{path}” were not exported as files; separate the song again.</source>
        <translation>“{path}” के स्टेम फ़ाइलों के रूप में निर्यात नहीं किए गए; गीत फिर से अलग करें।</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>थीम</translation>
    </message>
    <message>
        <source>There are no songs at “{source}”; check the name.</source>
        <translation>“{source}” पर कोई गीत नहीं है; नाम जाँचें।</translation>
    </message>
    <message>
        <source>There is a model “{name}” already; choose another name or remove it first.</source>
        <translation>“{name}” नाम का मॉडल पहले से है; दूसरा नाम चुनें या पहले उसे हटाएँ।</translation>
    </message>
    <message>
        <source>There is no model “{name}”; choose one of these: {known}.</source>
        <translation>“{name}” नाम का कोई मॉडल नहीं है; इनमें से कोई चुनें: {known}।</translation>
    </message>
    <message>
        <source>There is none that an engine can use.</source>
        <translation>ऐसा कोई नहीं है जिसे कोई इंजन काम में ले सके।</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>यह सबसे नया संस्करण है।</translation>
    </message>
    <message>
        <source>This processor has no bf16, so both are the same here.</source>
        <translation>इस प्रोसेसर में bf16 नहीं है, इसलिए यहाँ दोनों एक समान हैं।</translation>
    </message>
    <message>
        <source>This sheet</source>
        <translation>यह सूची</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>थ्रेड</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>शेष समय</translation>
    </message>
    <message>
        <source>Title, artist, cover and the like</source>
        <translation>शीर्षक, कलाकार, कवर आदि साथ रखें</translation>
    </message>
    <message>
        <source>Today, {time}</source>
        <translation>आज, {time}</translation>
    </message>
    <message>
        <source>Too loud</source>
        <translation>बहुत तेज़ होने पर</translation>
    </message>
    <message>
        <source>Training needs PyTorch, which is not installed; run “pip install -r {requirements}”.</source>
        <translation>मॉडल सिखाने के लिए PyTorch चाहिए, जो इंस्टॉल नहीं है; “pip install -r {requirements}” चलाएँ।</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>फिर कोशिश करें</translation>
    </message>
    <message>
        <source>Variable, best</source>
        <translation>परिवर्ती, सर्वोत्तम</translation>
    </message>
    <message>
        <source>Variable, quality {number}</source>
        <translation>परिवर्ती, गुणवत्ता {number}</translation>
    </message>
    <message>
        <source>Version {version} is out.</source>
        <translation>संस्करण {version} आ गया है।</translation>
    </message>
    <message>
        <source>Vocals</source>
        <translation>गायन</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>वॉल्यूम</translation>
    </message>
    <message>
        <source>Volume of {stem}</source>
        <translation>{stem} का वॉल्यूम</translation>
    </message>
    <message>
        <source>Volume: {level}</source>
        <translation>वॉल्यूम: {level}</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>प्रतीक्षा में</translation>
    </message>
    <message>
        <source>Waiting for the separation…</source>
        <translation>अलग होने की प्रतीक्षा…</translation>
    </message>
    <message>
        <source>Waiting for the song of the queue…</source>
        <translation>कतार के गीत की प्रतीक्षा…</translation>
    </message>
    <message>
        <source>Waiting…</source>
        <translation>प्रतीक्षा…</translation>
    </message>
    <message>
        <source>Waveform: {name}</source>
        <translation>तरंगरूप: {name}</translation>
    </message>
    <message>
        <source>What</source>
        <translation>क्या</translation>
    </message>
    <message>
        <source>What happens to stems that exceed full scale.</source>
        <translation>जो स्टेम पूरे पैमाने से ऊपर जाएँ, उनका क्या किया जाए।</translation>
    </message>
    <message>
        <source>What is in the bundle</source>
        <translation>सहायता फ़ाइल में क्या है</translation>
    </message>
    <message>
        <source>What to do with the files that exist</source>
        <translation>मौजूदा फ़ाइलों का क्या करें</translation>
    </message>
    <message>
        <source>What “{host}” sends is not the model “{name}”; nothing was installed; try another network.</source>
        <translation>“{host}” से जो मिला वह मॉडल “{name}” नहीं है; कुछ भी इंस्टॉल नहीं किया गया; दूसरे नेटवर्क से कोशिश करें।</translation>
    </message>
    <message>
        <source>Whole band; together they are the song</source>
        <translation>पूरा बैंड; सब मिलकर मूल गीत</translation>
    </message>
    <message>
        <source>Whole song</source>
        <translation>पूरा गीत</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>विंडो</translation>
    </message>
    <message>
        <source>Without bass</source>
        <translation>बेस के बिना</translation>
    </message>
    <message>
        <source>Without drums</source>
        <translation>ड्रम के बिना</translation>
    </message>
    <message>
        <source>Without guitar</source>
        <translation>गिटार के बिना</translation>
    </message>
    <message>
        <source>Without other</source>
        <translation>अन्य के बिना</translation>
    </message>
    <message>
        <source>Without piano</source>
        <translation>पियानो के बिना</translation>
    </message>
    <message>
        <source>Yesterday, {time}</source>
        <translation>कल, {time}</translation>
    </message>
    <message>
        <source>ZIP files (*.zip)</source>
        <translation>ZIP फ़ाइलें (*.zip)</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>ज़ूम इन करें</translation>
    </message>
    <message>
        <source>Zoom in, out, show all</source>
        <translation>ज़ूम इन, ज़ूम आउट, पूरा दिखाएँ</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>ज़ूम आउट करें</translation>
    </message>
    <message>
        <source>a brace has no partner</source>
        <translation>एक धनु-कोष्ठक का जोड़ नहीं है</translation>
    </message>
    <message>
        <source>a name cannot have one of its characters</source>
        <translation>इसमें ऐसा वर्ण है जो नाम में नहीं हो सकता</translation>
    </message>
    <message>
        <source>also up to 16 kHz</source>
        <translation>16 kHz तक भी</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>और {count} अन्य</translation>
    </message>
    <message>
        <source>it cannot be read</source>
        <translation>यह पढ़ी नहीं जा सकती</translation>
    </message>
    <message>
        <source>it gives other stems than it should</source>
        <translation>इससे अपेक्षित स्टेम नहीं बनते</translation>
    </message>
    <message>
        <source>it holds several models; add the file of one of them</source>
        <translation>इसमें कई मॉडल हैं; उनमें से एक की फ़ाइल जोड़ें</translation>
    </message>
    <message>
        <source>it holds too many files</source>
        <translation>इसमें बहुत ज़्यादा फ़ाइलें हैं</translation>
    </message>
    <message>
        <source>it is a folder</source>
        <translation>यह एक फ़ोल्डर है</translation>
    </message>
    <message>
        <source>it is damaged or not an archive</source>
        <translation>यह ख़राब है या आर्काइव नहीं है</translation>
    </message>
    <message>
        <source>it is empty</source>
        <translation>यह ख़ाली है</translation>
    </message>
    <message>
        <source>it is far too large</source>
        <translation>यह बहुत ज़्यादा बड़ा है</translation>
    </message>
    <message>
        <source>it is not for stereo at 44.1 kHz</source>
        <translation>यह 44.1 kHz स्टीरियो के लिए नहीं है</translation>
    </message>
    <message>
        <source>it is not installed, or cannot run this model</source>
        <translation>यह इंस्टॉल नहीं है, या यह मॉडल नहीं चला सकता</translation>
    </message>
    <message>
        <source>it is not the official file of this name</source>
        <translation>यह इस नाम की आधिकारिक फ़ाइल नहीं है</translation>
    </message>
    <message>
        <source>it is not there</source>
        <translation>यह मौजूद नहीं है</translation>
    </message>
    <message>
        <source>it is silent</source>
        <translation>इसमें कोई ध्वनि नहीं है</translation>
    </message>
    <message>
        <source>it leads to a place without encryption</source>
        <translation>यह बिना एन्क्रिप्शन वाली जगह पर ले जाता है</translation>
    </message>
    <message>
        <source>it went away</source>
        <translation>वह चला गया</translation>
    </message>
    <message>
        <source>its length is wrong</source>
        <translation>इसकी लंबाई ग़लत है</translation>
    </message>
    <message>
        <source>its rate or channels are wrong</source>
        <translation>इसकी दर या चैनल ग़लत हैं</translation>
    </message>
    <message>
        <source>its weights do not fit its stems</source>
        <translation>इसके भार इसके स्टेमों से मेल नहीं खाते</translation>
    </message>
    <message>
        <source>mono</source>
        <translation>मोनो</translation>
    </message>
    <message>
        <source>off</source>
        <translation>बंद</translation>
    </message>
    <message>
        <source>stereo</source>
        <translation>स्टीरियो</translation>
    </message>
    <message>
        <source>the name of a folder or file is missing</source>
        <translation>फ़ोल्डर या फ़ाइल का नाम नहीं है</translation>
    </message>
    <message>
        <source>the paper</source>
        <translation>शोध-पत्र</translation>
    </message>
    <message>
        <source>the path is missing</source>
        <translation>पथ नहीं दिया गया है</translation>
    </message>
    <message>
        <source>the test set of MUSDB18</source>
        <translation>MUSDB18 का परीक्षण सेट</translation>
    </message>
    <message>
        <source>there are no songs to train on</source>
        <translation>सिखाने के लिए कोई गीत नहीं हैं</translation>
    </message>
    <message>
        <source>two songs that it was not trained on</source>
        <translation>प्रशिक्षण से बाहर के दो गीत</translation>
    </message>
    <message>
        <source>{codec}, variable bit rate {quality}</source>
        <translation>{codec}, परिवर्ती बिट दर {quality}</translation>
    </message>
    <message>
        <source>{codec}, {depth} bit</source>
        <translation>{codec}, {depth} बिट</translation>
    </message>
    <message>
        <source>{codec}, {depth} bit float</source>
        <translation>{codec}, {depth} बिट फ़्लोट</translation>
    </message>
    <message>
        <source>{codec}, {rate} kbit/s</source>
        <translation>{codec}, {rate} kbit/s</translation>
    </message>
    <message>
        <source>{count} of these files exist already.</source>
        <translation>इनमें से {count} फ़ाइलें पहले से मौजूद हैं।</translation>
    </message>
    <message>
        <source>{count} – pausing after this song</source>
        <translation>{count} – इस गीत के बाद विराम</translation>
    </message>
    <message>
        <source>{day}, {time}</source>
        <translation>{day}, {time}</translation>
    </message>
    <message>
        <source>{depth} bit</source>
        <translation>{depth} बिट</translation>
    </message>
    <message>
        <source>{depth} bit float</source>
        <translation>{depth} बिट फ़्लोट</translation>
    </message>
    <message>
        <source>{device} (not found)</source>
        <translation>{device} (नहीं मिला)</translation>
    </message>
    <message>
        <source>{device} could not be used ({detail}); going on without it.</source>
        <translation>{device} काम में नहीं लिया जा सका ({detail}); इसके बिना काम जारी है।</translation>
    </message>
    <message>
        <source>{device} ran out of memory; going on without it.</source>
        <translation>{device} की मेमोरी भर गई; इसके बिना काम जारी है।</translation>
    </message>
    <message>
        <source>{done:.1f} MB</source>
        <translation>{done:.1f} MB</translation>
    </message>
    <message>
        <source>{done:.1f} of {total:.1f} MB</source>
        <translation>{total:.1f} MB में से {done:.1f}</translation>
    </message>
    <message>
        <source>{done} of {count} done</source>
        <translation>{count} में से {done} तैयार</translation>
    </message>
    <message>
        <source>{done} of {total} are here already</source>
        <translation>{total} में से {done} पहले ही आ चुके हैं</translation>
    </message>
    <message>
        <source>{done}, {failed} failed</source>
        <translation>{done}, {failed} विफल</translation>
    </message>
    <message>
        <source>{engine} (does not start)</source>
        <translation>{engine} (शुरू नहीं होता)</translation>
    </message>
    <message>
        <source>{engine} (not installed)</source>
        <translation>{engine} (इंस्टॉल नहीं)</translation>
    </message>
    <message>
        <source>{engine} cannot be added to this Antara; run Antara from its source code, as its README says.</source>
        <translation>{engine} को इस Antara में जोड़ा नहीं जा सकता; README के अनुसार Antara को उसके सोर्स कोड से चलाएँ।</translation>
    </message>
    <message>
        <source>{engine} cannot be started ({detail}); install Antara again.</source>
        <translation>{engine} शुरू नहीं हो सका ({detail}); Antara फिर से इंस्टॉल करें।</translation>
    </message>
    <message>
        <source>{engine} cannot compute in bf16 on this computer; choose “f32” as the precision.</source>
        <translation>{engine} इस कंप्यूटर पर bf16 में गणना नहीं कर सकता; परिशुद्धता में “f32” चुनें।</translation>
    </message>
    <message>
        <source>{engine} failed ({detail}); going on with another engine.</source>
        <translation>{engine} विफल हुआ ({detail}); दूसरे इंजन से काम जारी है।</translation>
    </message>
    <message>
        <source>{engine} finds no {device} that it can use; choose “auto” or “cpu” as the device.</source>
        <translation>{engine} को काम में आने लायक {device} नहीं मिला; डिवाइस में “auto” या “cpu” चुनें।</translation>
    </message>
    <message>
        <source>{engine} is not installed; run “python3 dev.py demucs” or install {requirements} with pip.</source>
        <translation>{engine} इंस्टॉल नहीं है; “python3 dev.py demucs” चलाएँ या pip से {requirements} इंस्टॉल करें।</translation>
    </message>
    <message>
        <source>{engine} ran out of memory; close other programs and try again.</source>
        <translation>{engine} के लिए मेमोरी कम पड़ गई; दूसरे प्रोग्राम बंद करके फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>{engine} stopped while separating ({detail}); close other programs and try again.</source>
        <translation>अलग करते समय {engine} रुक गया ({detail}); दूसरे प्रोग्राम बंद करके फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>{level:.1f} dB</source>
        <translation>{level:.1f} dB</translation>
    </message>
    <message>
        <source>{model} (not installed)</source>
        <translation>{model} (इंस्टॉल नहीं)</translation>
    </message>
    <message>
        <source>{name}; a double click sets 0 dB</source>
        <translation>{name}; डबल-क्लिक से 0 dB</translation>
    </message>
    <message>
        <source>{needed_mb} MB are needed at “{path}” and {free_mb} MB are free; free some space and try again.</source>
        <translation>“{path}” पर {needed_mb} MB चाहिए और {free_mb} MB ख़ाली हैं; कुछ जगह ख़ाली करके फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>{overlap} overlap</source>
        <translation>{overlap} ओवरलैप</translation>
    </message>
    <message>
        <source>{rate:.1f} MB/s</source>
        <translation>{rate:.1f} MB/s</translation>
    </message>
    <message>
        <source>{rate:g} kHz</source>
        <translation>{rate:g} kHz</translation>
    </message>
    <message>
        <source>{rate} kHz</source>
        <translation>{rate} kHz</translation>
    </message>
    <message>
        <source>{rate} kbit/s</source>
        <translation>{rate} kbit/s</translation>
    </message>
    <message>
        <source>{setting} means nothing to the model “{model}”; leave it out or choose another model.</source>
        <translation>मॉडल “{model}” के लिए {setting} का कोई अर्थ नहीं है; इसे हटा दें या दूसरा मॉडल चुनें।</translation>
    </message>
    <message>
        <source>{size:.1f} GB</source>
        <translation>{size:.1f} GB</translation>
    </message>
    <message>
        <source>{size:.{digits}f} MB</source>
        <translation>{size:.{digits}f} MB</translation>
    </message>
    <message>
        <source>{speed:.0f} ×</source>
        <translation>{speed:.0f} ×</translation>
    </message>
    <message>
        <source>{speed:.{digits}f} × real time</source>
        <translation>रियल टाइम से {speed:.{digits}f} गुना</translation>
    </message>
    <message>
        <source>{stem} and the rest</source>
        <translation>{stem} और बाकी</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>{time} शेष</translation>
    </message>
    <message>
        <source>{value} (usual)</source>
        <translation>{value} (आम तौर पर)</translation>
    </message>
    <message>
        <source>{what}: {text}</source>
        <translation>{what}: {text}</translation>
    </message>
    <message>
        <source>“The rest” is all the others in one lane.</source>
        <translation>“बाकी” यानी और सब स्टेम एक ही लेन में।</translation>
    </message>
    <message>
        <source>“{address}” cannot be read or written ({detail}); check the address and the network.</source>
        <translation>“{address}” को पढ़ा या लिखा नहीं जा सकता ({detail}); पता और नेटवर्क जाँचें।</translation>
    </message>
    <message>
        <source>“{address}” is not an address to download from; give one that begins with https:// or http://.</source>
        <translation>“{address}” डाउनलोड का पता नहीं है; https:// या http:// से शुरू होने वाला पता दें।</translation>
    </message>
    <message>
        <source>“{codec}” cannot be written with {setting}; choose from: {known}.</source>
        <translation>“{codec}” को {setting} के साथ नहीं लिखा जा सकता; इनमें से चुनें: {known}।</translation>
    </message>
    <message>
        <source>“{first}” and “{second}” would be written to the same place; separate them into different folders.</source>
        <translation>“{first}” और “{second}” एक ही जगह लिखे जाएँगे; इन्हें अलग-अलग फ़ोल्डरों में रखें।</translation>
    </message>
    <message>
        <source>“{host}” cannot be reached ({detail}); check the connection and try again.</source>
        <translation>“{host}” से संपर्क नहीं हो सका ({detail}); कनेक्शन जाँचकर फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>“{host}” cannot be reached; check the connection and try again (the built-in model works without one).</source>
        <translation>“{host}” से संपर्क नहीं हो सका; कनेक्शन जाँचकर फिर कोशिश करें (अंतर्निहित मॉडल बिना कनेक्शन के चलता है)।</translation>
    </message>
    <message>
        <source>“{host}” cannot be trusted ({detail}); check the date of this computer and its network.</source>
        <translation>“{host}” पर भरोसा नहीं किया जा सकता ({detail}); इस कंप्यूटर की तारीख़ और नेटवर्क जाँचें।</translation>
    </message>
    <message>
        <source>“{host}” does not say whether there is a newer version ({detail}); try again later.</source>
        <translation>“{host}” नहीं बताता कि कोई नया संस्करण है या नहीं ({detail}); बाद में फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>“{host}” is busy (it answers {status}); try again later.</source>
        <translation>“{host}” व्यस्त है (उत्तर: {status}); बाद में फिर कोशिश करें।</translation>
    </message>
    <message>
        <source>“{model}” is installed.</source>
        <translation>“{model}” इंस्टॉल हो गया।</translation>
    </message>
    <message>
        <source>“{name}” exists already.</source>
        <translation>“{name}” पहले से मौजूद है।</translation>
    </message>
    <message>
        <source>“{name}” is damaged ({detail}); install it again or remove it.</source>
        <translation>“{name}” ख़राब है ({detail}); इसे फिर से इंस्टॉल करें या हटाएँ।</translation>
    </message>
    <message>
        <source>“{name}” is not on this computer; download it, or use the built-in model.</source>
        <translation>“{name}” इस कंप्यूटर पर नहीं है; इसे डाउनलोड करें या अंतर्निहित मॉडल चुनें।</translation>
    </message>
    <message>
        <source>“{name}” is not there; playing on the system's sound device instead.</source>
        <translation>“{name}” मौजूद नहीं है; उसकी जगह सिस्टम के ध्वनि डिवाइस पर चल रहा है।</translation>
    </message>
    <message>
        <source>“{path}” cannot be installed ({detail}); get the file again.</source>
        <translation>“{path}” इंस्टॉल नहीं हो सका ({detail}); फ़ाइल फिर से प्राप्त करें।</translation>
    </message>
    <message>
        <source>“{path}” cannot be read ({reason}); check that you may open it.</source>
        <translation>“{path}” पढ़ी नहीं जा सकती ({reason}); देखें कि आपको इसे खोलने की अनुमति है।</translation>
    </message>
    <message>
        <source>“{path}” cannot be trained on ({detail}); choose another folder or correct it.</source>
        <translation>“{path}” से मॉडल सिखाया नहीं जा सकता ({detail}); दूसरा फ़ोल्डर चुनें या इसे ठीक करें।</translation>
    </message>
    <message>
        <source>“{path}” cannot be used in line {line} ({detail}); correct it.</source>
        <translation>“{path}” की पंक्ति {line} काम में नहीं ली जा सकती ({detail}); उसे ठीक करें।</translation>
    </message>
    <message>
        <source>“{path}” cannot be written ({reason}); choose another folder.</source>
        <translation>“{path}” लिखी नहीं जा सकती ({reason}); दूसरा फ़ोल्डर चुनें।</translation>
    </message>
    <message>
        <source>“{path}” does not describe a model ({detail}); correct it or choose another one.</source>
        <translation>“{path}” किसी मॉडल का विवरण नहीं है ({detail}); इसे ठीक करें या दूसरी फ़ाइल चुनें।</translation>
    </message>
    <message>
        <source>“{path}” ended the {times} workers that it was given to; try it alone, or leave it out.</source>
        <translation>“{path}” ने उन {times} वर्करों को बंद कर दिया जिन्हें वह दिया गया था; उसे अकेले आज़माएँ, या छोड़ दें।</translation>
    </message>
    <message>
        <source>“{path}” exists already; choose another folder or allow overwriting.</source>
        <translation>“{path}” पहले से मौजूद है; दूसरा फ़ोल्डर चुनें या फ़ाइलें बदलने की अनुमति दें।</translation>
    </message>
    <message>
        <source>“{path}” exists already; export again and choose what is to become of it.</source>
        <translation>“{path}” पहले से मौजूद है; फिर से निर्यात करें और चुनें कि उसका क्या किया जाए।</translation>
    </message>
    <message>
        <source>“{path}” has no audio track {track}; choose one of its {count}, numbered from 0.</source>
        <translation>“{path}” में ऑडियो ट्रैक {track} नहीं है; उसके {count} ट्रैकों में से कोई चुनें, गिनती 0 से शुरू होती है।</translation>
    </message>
    <message>
        <source>“{path}” has no recordings to compose songs of; name a folder with vocals and instruments (-d).</source>
        <translation>“{path}” में गीत रचने के लिए रिकॉर्डिंग नहीं हैं; ऐसा फ़ोल्डर बताएँ (-d) जिसमें vocals और instruments हों।</translation>
    </message>
    <message>
        <source>“{path}” has no sound in it; choose a file with an audio track.</source>
        <translation>“{path}” में कोई ध्वनि नहीं है; ऑडियो ट्रैक वाली फ़ाइल चुनें।</translation>
    </message>
    <message>
        <source>“{path}” has no true “{stem}” to hold the model “{model}” against; choose another model.</source>
        <translation>“{path}” में सच्चा “{stem}” नहीं है जिससे मॉडल “{model}” की तुलना हो; दूसरा मॉडल चुनें।</translation>
    </message>
    <message>
        <source>“{path}” holds no songs with true stems (vocals and backing, or drums, bass, other); choose another.</source>
        <translation>“{path}” में सच्चे स्टेम (vocals और backing, या drums, bass, other) वाले गीत नहीं हैं; दूसरा चुनें।</translation>
    </message>
    <message>
        <source>“{path}” holds no sound in the part that was asked for; check the start and the length.</source>
        <translation>“{path}” के माँगे गए हिस्से में कोई ध्वनि नहीं है; शुरुआत और लंबाई जाँचें।</translation>
    </message>
    <message>
        <source>“{path}” is cut off: {found_s:.1f} of {declared_s:.1f} seconds are there; get the file again.</source>
        <translation>“{path}” अधूरी है: {declared_s:.1f} में से {found_s:.1f} सेकंड मौजूद हैं; फ़ाइल फिर से प्राप्त करें।</translation>
    </message>
    <message>
        <source>“{path}” is cut off: {found_s:.1f} of {declared_s:.1f} seconds were separated; get the file again for the rest.</source>
        <translation>“{path}” अधूरी है: {declared_s:.1f} में से {found_s:.1f} सेकंड मौजूद हैं, और वे अलग कर दिए गए; बाक़ी के लिए फ़ाइल फिर से प्राप्त करें।</translation>
    </message>
    <message>
        <source>“{path}” is empty; get the file again.</source>
        <translation>“{path}” ख़ाली है; फ़ाइल फिर से प्राप्त करें।</translation>
    </message>
    <message>
        <source>“{path}” is not a file; choose a song.</source>
        <translation>“{path}” कोई फ़ाइल नहीं है; कोई गीत चुनें।</translation>
    </message>
    <message>
        <source>“{path}” is not a song that can be read, or it is damaged; try another file.</source>
        <translation>“{path}” पढ़ा जा सकने वाला गीत नहीं है, या ख़राब है; दूसरी फ़ाइल आज़माएँ।</translation>
    </message>
    <message>
        <source>“{path}” is not complete ({missing} missing); add what is missing or move the song away.</source>
        <translation>“{path}” पूरा नहीं है ({missing} नहीं है); जो नहीं है उसे जोड़ें या गीत को हटा दें।</translation>
    </message>
    <message>
        <source>“{path}” is not there; check the name.</source>
        <translation>“{path}” मौजूद नहीं है; नाम जाँचें।</translation>
    </message>
    <message>
        <source>“{path}” uses a format that cannot be decoded ({codec}); convert it to WAV, FLAC or MP3 first.</source>
        <translation>“{path}” का फ़ॉर्मैट ({codec}) पढ़ा नहीं जा सकता; पहले इसे WAV, FLAC या MP3 में बदलें।</translation>
    </message>
    <message>
        <source>“{path}” was not written as it should be ({detail}); check the disk and export again.</source>
        <translation>“{path}” ठीक से नहीं लिखी गई ({detail}); डिस्क जाँचकर फिर से निर्यात करें।</translation>
    </message>
    <message>
        <source>“{placeholder}” cannot be filled in; choose from {known}.</source>
        <translation>“{placeholder}” भरा नहीं जा सकता; नामों के साँचे के लिए इनमें से चुनें: {known}।</translation>
    </message>
    <message>
        <source>“{url}” cannot be downloaded (the answer: {status}); try again later or add the model from a file.</source>
        <translation>“{url}” डाउनलोड नहीं हो सका (उत्तर: {status}); बाद में फिर कोशिश करें या मॉडल फ़ाइल से जोड़ें।</translation>
    </message>
</context>
</TS>
