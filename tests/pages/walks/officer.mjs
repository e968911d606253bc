// A security officer reads the log, verifies it, looks at sessions and locks a credential.
async function log(person) {
  await person.at("/ui/audit");
  await person.see("Máy chủ"); // it noted that a code was asked for
  await person.lookAgain("officer-log");
  const first = await person.page.$eval("tbody th a", (link) => Number(link.textContent));
  await person.press(".more a", "Xem mục cũ hơn");
  const next = await person.page.$eval("tbody th a", (link) => Number(link.textContent));
  if (next >= first) throw new Error(`after entries from ${first} on come those from ${next} on`);
  await person.type("#actor", "lanh-dao");
  await person.choose("#outcome", "ok");
  await person.press("form button.main", "Lọc");
  await person.see("Nguyễn Văn An");
  await person.lookAgain("officer-log-filtered");
  await person.type("#credential", "không phải mã");
  await person.press("form button.main", "Lọc", 422);
  await person.see("Hãy sửa các mục sau");
  await person.look("officer-log-wrong-filter");
  await person.press("a.button", "Bỏ lọc");
  await person.press("tbody th a");
  await person.see("Giá trị băm của dòng", "audit.read");
  await person.press("a[rel=prev]");
  await person.lookAgain("officer-entry");
}

async function verify(person) {
  await person.press(".actions a", "Nhật ký");
  await person.press("a.button", "Kiểm tra nhật ký");
  await person.lookAgain("officer-verify");
  await person.press("button.main", "Kiểm tra ngay");
  if (!(await person.has(".notice.good"))) throw new Error(`the log is not in order: ${await person.text()}`);
  await person.look("officer-verified");
}

// By hour and agency, as a picture and in the table beside it.
async function timeline(person) {
  await person.press(".places a", "Nhật ký");
  const way = 'a[href^="/ui/timeline"]';
  await person.press(way);
  for (const part of ["svg.chart rect.s0", "table tbody td.number", "ul.key .s0"]) {
    if (!(await person.has(part))) throw new Error(`no ${part} on the timeline: ${await person.text()}`);
  }
  await person.lookAgain("officer-timeline");
}

// From a question to its rows, and from a credential to its day.
async function questions(person, credential) {
  await person.press(".places a", "Nhật ký");
  await person.press("a.button", "Câu hỏi thường trực");
  await person.see("Ký theo thẩm quyền đã hết", "Phải trống", "Số văn bản bị bỏ trống");
  await person.lookAgain("officer-questions");
  await person.press('a[href="/ui/audit/views/acting-alone"]');
  await person.see("Máy chủ tự lập");
  await person.lookAgain("officer-question");
  await person.open("/ui/audit/views/seal-outside-hours");
  await person.type("#weekdays", "890");
  await person.press("form button.main", "Lọc", 422);
  await person.look("officer-question-wrong");
  await person.press(".places a", "Khóa ký");
  await person.press(`a[href="/ui/credentials/${credential}"]`);
  await person.press("a.button", "Một ngày của khóa");
  await person.see("Đang hoạt động", "Điều không thể biết từ nhật ký");
  await person.lookAgain("officer-key-day");
}

async function lock(person, credential) {
  await person.press(".places a", "Phiên đóng dấu");
  await person.lookAgain("officer-sessions");
  await person.press(".places a", "Khóa ký");
  await person.press(`a[href="/ui/credentials/${credential}"]`);
  await person.lookAgain("officer-credential");
  await person.type("#reason-lock", "Nghi lộ khóa");
  await person.press('form[action$="/lock"] button');
  await person.see("Đã tạm khóa.");
  await person.look("officer-locked");
}

// What they must see, and how the log is proven.
async function watch(person) {
  await person.press(".places a", "Báo động và khiếu nại");
  await person.lookAgain("officer-alarms");
  if (await person.has("input[name=before]")) {
    await person.press("button.main", "Tôi đã xem tất cả");
    await person.look("officer-alarms-seen");
  }
  await person.press(".places a", "Bằng chứng nhật ký");
  await person.see("Bên làm chứng");
  await person.lookAgain("officer-log-proof");
}

export async function officer(person, known, { credential }) {
  await person.open("/ui/");
  await person.logIn(known);
  await log(person);
  await verify(person);
  await timeline(person);
  await questions(person, credential);
  await watch(person);
  await lock(person, credential);
  await person.readEnglish();
  await person.logOut();
}
