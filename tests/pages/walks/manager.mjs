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
  await person.see("Người ký nguoi-ky-1");
  await person.miss("Nguyễn Văn An");
  await person.press(".places a", "Mức độ triển khai");
  await person.see("Sở Nội vụ", "Tổng cộng");
  await person.lookAgain("manager-coverage");
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
  await lockAndPropose(person, known, credential);
  await person.readEnglish();
  await person.logOut();
  return code;
}

export async function secondManager(person, known, { credential }) {
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
  await person.open(`/ui/credentials/${credential}`);
  await person.see("Đã kích hoạt");
  await person.logOut();
}
