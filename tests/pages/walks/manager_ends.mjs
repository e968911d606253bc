// What takes something away: a subscriber manager proposes to reset somebody's factors and takes that back, proposes it
// again, a second one approves it, and the first ends the account.
async function register(person, { login, name }) {
  await person.open("/ui/people/new");
  await person.type("#name", name);
  await person.type("#login", login);
  await person.type("#agency", "000.00.03.H27");
  await person.type("#position", "Chuyên viên");
  await person.type("#email", `${login}@hue.example.vn`);
  await person.press("button.big", "Đăng ký người dùng");
  await person.open("/ui/people");
  await person.type("#q", name);
  await person.press("button.main", "Tìm");
  await person.press("th a", name);
  return new URL(person.page.url()).pathname;
}

// What they are shown then is their half of the code, once.
async function proposeReset(person, known, place) {
  await person.open(place);
  await person.touch("summary", "Đề nghị cấp lại mật khẩu và mã xác thực");
  await person.withCode(known, async (code) => {
    await person.type("#otp", code);
    await person.press('form[action$="/reset-factors"] button');
  });
  await person.see("Nửa mã kích hoạt của anh/chị");
}

async function takeBack(person, name) {
  await person.press(".places a", "Chờ phê duyệt");
  await person.press(".title a", name);
  await person.see("bạn có thể từ chối để rút lại");
  await person.type("#reason", "Đề nghị nhầm người");
  await person.press('form[action$="/reject"] button');
  await person.at("/ui/changes");
  await person.miss(name);
}

async function endAccount(person, place) {
  await person.open(place);
  await person.touch("summary", "Kết thúc tài khoản");
  await person.see("Người này không ký và không đăng nhập được nữa.");
  await person.look("manager-person-ending");
  await person.press('form[action$="/end"] button');
  await person.at(place);
  await person.see("Tài khoản này đã kết thúc.");
  if (await person.has("details.card")) throw new Error("more can be done to an account that has ended");
  await person.lookAgain("manager-person-ended");
}

// `approve` is the second one's part; a log-in of its own would cost the first one more codes than it takes.
export async function managerEnds(person, known, somebody, approve) {
  await person.open("/ui/");
  await person.logIn(known);
  const place = await register(person, somebody);
  await proposeReset(person, known, place);
  await person.look("manager-reset-proposed");
  await takeBack(person, somebody.name);
  await proposeReset(person, known, place);
  if (!(await approve())) return;
  await endAccount(person, place);
  await person.readEnglish();
  await person.logOut();
}

export async function managerApprovesReset(person, known, { name }) {
  await person.open("/ui/changes");
  await person.logIn(known);
  await person.press(".title a", name);
  await person.look("manager-change-reset");
  await person.sendCode(known, "#otp", "Phê duyệt");
  await person.see("Nửa mã kích hoạt của anh/chị");
  await person.look("manager-reset-approved");
  await person.logOut();
  return true;
}
