// What the page shows. Everything that comes from a file goes in as text, never as markup.
const TEXTS = {
  title: ["Kiểm tra tệp kết xuất nhật ký", "Verify an exported audit log"],
  lead: ["Trang này kiểm tra ngay trên máy của đồng chí. Không có dữ liệu nào được gửi đi.", "This page checks on your own machine. Nothing is sent anywhere."],
  other: ["English", "Tiếng Việt"],
  bundle: ["Tệp kết xuất", "The exported file"],
  bundleHint: ["Tệp .tar nhận từ máy chủ ký số.", "The .tar file from the signing server."],
  keysTitle: ["Khóa và bằng chứng mà đồng chí có từ nguồn khác", "Keys and evidence that you have from elsewhere"],
  keysHint: ["Mỗi dòng một khóa: log …, export …, witness …. Không có khóa thì trang dùng khóa ghi trong chính tệp, và nói rõ như vậy.", "One key a line: log …, export …, witness …. Without keys the page takes those in the file itself, and says so."],
  keys: ["Khóa kiểm tra", "Verifier keys"],
  quorum: ["Số bên làm chứng phải có chữ ký", "How many witnesses must have cosigned"],
  quorumHint: ["Để trống: tất cả các bên nêu ở trên.", "Empty: all that are named above."],
  beside: ["Mốc, biên nhận hoặc tệp kết xuất khác", "Checkpoints, receipts or other exported files"],
  besideHint: ["Chỉ những tệp này mới cho thấy phần cuối bị cắt hay nhật ký bị rẽ nhánh.", "Only these can show that the end was cut off or the log was forked."],
  check: ["Kiểm tra", "Verify"],
  checking: ["Đang kiểm tra: {} trong số {} dòng", "Checking: {} of {} entries"],
  none: ["Hãy chọn tệp kết xuất.", "Choose the exported file."],
  good: ["đúng trong phạm vi tệp này cho thấy", "true as far as this copy shows"],
  bad: ["không đúng", "not true"],
  stopped: ["Việc kiểm tra dừng ở lỗi đầu tiên; phần còn lại chưa được kiểm.", "The check stopped at the first fault; what follows it was not looked at."],
  whole: ["Dòng {} đến {}: đầy đủ đến dòng {} trong phạm vi tệp này cho thấy.", "Entries {} to {}: complete up to {} as far as this copy shows."],
  alone: ["Không có gì để đối chiếu, nên nếu phần cuối bị cắt thì trang này không thể biết.", "Nothing was given beside it, so a cut tail would not show."],
  agrees: ["Khớp với nhật ký {} dòng mà đồng chí đưa kèm.", "Agrees with a log of {} entries that you gave beside it."],
  ownKeys: ["Chỉ kiểm bằng khóa ghi trong chính tệp: ai làm ra tệp cũng có thể làm ra khóa.", "Checked against the keys in the bundle itself: whoever made the file may have made the keys."],
  ownExport: ["Chữ ký của bản kê kiểm bằng khóa ghi trong chính tệp.", "The manifest's signature was checked against the key in the file itself."],
  origin: ["Nhật ký", "Log"], range: ["Các dòng", "Entries"], tree: ["Mốc", "Checkpoint"], time: ["Kết xuất lúc", "Exported at"],
  by: ["Người kết xuất", "Exported by"], cosigned: ["Bên làm chứng", "Witness"], disclosed: ["Giá trị công bố", "Values disclosed"], open: ["Lần ký chưa rõ kết quả", "Intents without outcome"],
  nobody: ["không có", "none"], values: ["{} giá trị, mỗi giá trị khớp cam kết", "{} values, each what its entry commits to"],
  openSome: ["{}, đầu tiên là dòng {}; hãy coi là đã ký", "{}, the first is {}; treat them as signed"],
  fail: ["trang gặp lỗi: {}", "the page failed: {}"],
};
const $ = (id) => document.getElementById(id);
let language = 0, shown = null;
const say = (name, ...values) => values.reduce((all, value) => all.replace("{}", () => String(value)), TEXTS[name][language]);
const element = (tag, content, className = "") => Object.assign(document.createElement(tag), { textContent: content, className });

function translate() {
  document.documentElement.lang = language ? "en" : "vi";
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  show();
}

function show() {
  const box = $("result");
  box.replaceChildren();
  if (!shown) return;
  const { fault, report, name } = shown;
  box.className = `verdict ${fault ? "bad" : "good"}`;
  box.dataset.word = fault ? fault.word : "ok";
  box.append(element("h2", `${fault ? "✗" : "✓"} ${name}: ${say(fault ? "bad" : "good")}`));
  if (fault) box.append(element("p", sentence(language ? fault.en : fault.vi), "why"), element("p", say("stopped")));
  else box.append(...sentences(report).map((one) => element("p", one)), facts(report));
}

// A name at the beginning stays as it is.
const sentence = (text) => `${/^[^\s/]+(\s|$)/.test(text) ? text[0].toUpperCase() : text[0]}${text.slice(1)}.`;

function sentences(report) {
  const { start, end } = report.range;
  const all = [say("whole", start, end - 1, end - 1)];
  if (report.beside.length) all.push(...report.beside.map((size) => say("agrees", size)));
  else all.push(say("alone"));
  if (!report.logGiven) all.push(say("ownKeys"));
  else if (!report.exportGiven) all.push(say("ownExport"));
  return all;
}

function facts(report) {
  const list = document.createElement("dl");
  const add = (name, value) => list.append(element("dt", say(name)), element("dd", value));
  add("origin", `${report.origin} (${report.log})`);
  add("range", `${report.range.start} – ${report.range.end - 1}`);
  add("tree", `${report.size}, ${toBase64(report.root)}`);
  add("time", report.time);
  add("by", report.by);
  const when = (time) => (time < 8640000000000n ? new Date(Number(time) * 1000).toISOString() : time);
  add("cosigned", report.cosigned.map(({ name, time }) => `${name}, ${when(time)}`).join("; ") || say("nobody"));
  add("disclosed", say("values", report.disclosed));
  add("open", report.open.length ? say("openSome", report.open.length, report.open[0]) : say("nobody"));
  return list;
}

function givenKeys() {
  const keys = parseKeys($("keys").value);
  if (keys.witnesses.length && !keys.log) throw new Fault("not_a_key", "có khóa của bên làm chứng thì cần cả khóa của nhật ký", "keys of witnesses need the log's key beside them");
  const quorum = $("quorum").value === "" ? keys.quorum ?? keys.witnesses.length : Number($("quorum").value);
  if (!(quorum <= keys.witnesses.length)) throw new Fault("not_a_key", "{} trong số {} bên làm chứng thì không bao giờ đủ", "{} of {} witnesses can never cosign", quorum, keys.witnesses.length);
  return { ...keys, quorum };
}

function progress(done, all) {
  $("bar").hidden = false;
  [$("bar").value, $("bar").max] = [done, all];
  $("status").textContent = say("checking", done, all);
}

async function check() {
  const [file] = $("bundle").files;
  $("status").textContent = file ? "" : say("none");
  if (!file) return;
  $("go").disabled = true;
  try {
    const besides = await Promise.all([...$("beside").files].map((one, i) => readBeside(one, i + 1)));
    shown = { name: file.name, report: await new Verification(file, givenKeys(), besides, progress).run() };
  } catch (error) {
    const [vi, en] = TEXTS.fail.map((text) => text.replace("{}", () => String(error)));
    shown = { name: file.name, fault: error instanceof Fault ? error : { word: "failed", vi, en } };
  }
  $("bar").hidden = true;
  $("status").textContent = "";
  $("go").disabled = false;
  show();
  $("result").focus();
}

$("language").addEventListener("click", () => {
  language = 1 - language;
  translate();
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  check();
});
language = navigator.language.startsWith("vi") ? 0 : 1;
translate();
