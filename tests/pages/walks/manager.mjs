// A subscriber manager finds their way, gives a newcomer a code, locks a credential and proposes to unlock it; a
// second one approves that.
async function overview(person) {
  await person.at("/ui/credentials");
  await person.see("Nguyễn Văn An", "Đã kích hoạt");
  await person.lookAgain("manager-credentials");
  await person.press(".tabs a", "60");
  await person.lookAgain("manager-expiring");
  await person.press(".tabs a", "Tất cả");
  await person.choose("#state", "revoked");
  await person.press("button", "Lọc");
  await person.see("Không tìm thấy mục nào.");
  await person.press(".places a", "Cơ quan");
  await person.lookAgain("manager-agencies");
  await person.press(".tree a", "Sở Nội vụ");
  await person.lookAgain("manager-agency");
  await person.press(".actions a", "Hình con dấu");
  await person.see("Chưa có hình nào được duyệt", "Đề nghị dùng hình");
  await person.lookAgain("manager-picture");
  await person.press(".back a", "Quay lại");
  await person.press(".actions a", "người");
  await person.see("Người ký nguoi-ky-1");
  await person.miss("Nguyễn Văn An");
  await person.press(".places a", "Mức độ triển khai");
  await person.see("Sở Nội vụ", "Tổng cộng");
  await person.lookAgain("manager-coverage");
}

// One that was opened and is merged again: registered below the department, named twice, ended.
async function agency(person) {
  await person.press(".places a", "Cơ quan");
  await person.press(".tree a", "Sở Nội vụ");
  await person.press(".actions a", "Đăng ký cơ quan trực thuộc");
  const code = `H27.3.${person.size === "phone" ? 91 : 92}`;
  await person.type("#name", "Trung tâm Lưu trữ lịch sử");
  await person.type("#code", "H27.3");
  await person.type("#kind", "trung_tam");
  await person.lookAgain("manager-agency-new");
  await person.press("button.main", "Đăng ký cơ quan", 422);
  await person.look("manager-agency-taken");
  await person.type("#code", code);
  await person.press("button.main", "Đăng ký cơ quan");
  await person.see("Trung tâm Lưu trữ lịch sử", code, "Sở Nội vụ");
  await person.touch("summary", "Thêm mã định danh");
  await person.type("#code", `${person.size === "phone" ? "091" : "092"}.00.03.H27`);
  await person.press('form[action$="/codes"] button');
  await person.see("00.03.H27");
  await person.touch("summary", "Kết thúc cơ quan");
  await person.look("manager-agency-own");
  await person.press('form[action$="/end"] button');
  await person.see("Đã kết thúc");
}

// A role and an authority wait for the second manager.
async function power(person, known, login) {
  await person.press(".places a", "Người dùng");
  await person.type("#q", login);
  await person.press("button.main", "Tìm");
  await person.press("th a", login);
  await person.press("a.button", "Đề nghị giao vai trò");
  await person.choose("#role", "records_clerk");
  await person.type("#agency", "H27.3");
  await person.lookAgain("manager-role-new");
  await person.sendCode(known, "#otp", "Đề nghị giao vai trò");
  await person.at("/ui/changes");
  await person.see(login, "Do bạn đề nghị");
  await person.press(".places a", "Người dùng");
  await person.type("#q", login);
  await person.press("button.main", "Tìm");
  await person.press("th a", login);
  await person.press("a.button", "Đề nghị ghi nhận thẩm quyền");
  await person.lookAgain("manager-authority-new");
}

// The code is what the newcomer's own walk begins with.
async function enrolmentCode(person, login) {
  await person.press(".places a", "Người dùng");
  await person.lookAgain("manager-people");
  await person.type("#q", `dang huu nghia ${login}`); // tones may be left out
  await person.press("button.main", "Tìm");
  await person.press("th a", login);
  await person.see("Chưa nhận tài khoản");
  await person.touch("summary", "Tạo mã kích hoạt");
  await person.lookAgain("manager-person");
  await person.press("button", "Tạo mã kích hoạt");
  await person.look("manager-code");
  return (await person.text()).match(/hiện một lần: (\S+)/)[1];
}

async function lockAndPropose(person, known, credential) {
  await person.press(".places a", "Khóa ký");
  await person.press(`a[href="/ui/credentials/${credential}"]`);
  await person.touch("summary", "khóa");
  await person.lookAgain("manager-credential");
  await person.type("#reason-lock", "Nghỉ phép");
  await person.press('form[action$="/lock"] button');
  await person.see("Đã tạm khóa.", "Tạm khóa (tại máy chủ)");
  await person.look("manager-locked");
  await person.touch('details:has(form[action$="/unlock"]) summary');
  await person.withCode(known, async (code) => {
    await person.type("#otp-unlock", code);
    await person.press('form[action$="/unlock"] button');
  });
  await person.see("Đã đề nghị; chờ người thứ hai phê duyệt.");
  await person.press(".places a", "Chờ phê duyệt");
  await person.see("Do bạn đề nghị");
  await person.press(".title a", credential);
  await person.see("Bạn là người đề nghị");
  await person.look("manager-own-proposal");
}

export async function manager(person, known, { login, credential }) {
  await person.open("/ui/");
  await person.logIn(known);
  await overview(person);
  const code = await enrolmentCode(person, login);
  await agency(person);
  await power(person, known, login);
  await lockAndPropose(person, known, credential);
  await person.readEnglish();
  await person.logOut();
  return code;
}

export async function secondManager(person, known, { credential, login }) {
  await person.open("/ui/changes");
  await person.logIn(known);
  await person.at("/ui/changes");
  await person.see("một người khác với người đề nghị");
  await person.look("manager-changes");
  await person.press(".title a", credential);
  await person.look("manager-change");
  await person.sendCode(known, "#otp", "Phê duyệt");
  await person.at("/ui/changes");
  await person.miss(credential);
  await person.press(".title a", login);
  await person.look("manager-change-role");
  await person.type("#reason", "Chưa có quyết định phân công");
  await person.press("button.danger", "Từ chối");
  await person.at("/ui/changes");
  await person.miss(login);
  await person.open(`/ui/credentials/${credential}`);
  await person.see("Đã kích hoạt");
  await person.logOut();
}
