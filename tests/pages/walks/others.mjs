// Whoever else comes: an operator, people whom nobody knows yet, and those who connect a system.
import { Authenticator } from "../authenticator.mjs";

export async function operator(person, known) {
  await person.open("/ui/");
  await person.logIn(known);
  await person.at("/ui/machines");
  await person.see("Hoạt động", "Trang này không cho xem văn bản.");
  await person.lookAgain("operator-machines");
  await person.open("/ui/audit", 403);
  await person.look("operator-not-allowed");
  await person.press("a.button", "Về trang đầu");
  await person.at("/ui/machines");
  await person.readEnglish();
  await person.logOut();
}

export async function stranger(person) {
  await person.open("/ui/");
  await person.lookAgain("login");
  await person.type("#login", "ai-do");
  await person.type("#password", "khong phai mat khau");
  await person.press("button.main", "Đăng nhập", 401);
  await person.see("không đúng");
  await person.look("login-refused");
  await person.press("a", "Dành cho hệ thống kết nối");
  await person.see("/csc/v2/credentials/authorize");
  await person.lookAgain("integrators");
  await person.readEnglish();
}

// From the code that a manager handed over to the first log-in.
export async function newcomer(person, { code, login }) {
  await person.open("/ui/");
  await person.press("a", "Lần đầu: nhận tài khoản");
  await person.lookAgain("enrol");
  await person.type("#code", "00000-00000-00000-00000");
  await person.press("button.main", "Tiếp tục", 422);
  await person.look("enrol-wrong-code");
  await person.type("#code", code.toLowerCase());
  await person.press("button.main", "Tiếp tục");
  await person.see(login);
  await person.touch("summary", "Không quét được?");
  await person.look("enrol-qr");
  const secret = await person.page.$eval("details code", (one) => one.textContent.replace(/\s/g, ""));
  const password = `Nguoi moi ${login}`;
  const known = { login, password, authenticator: new Authenticator(secret) };
  await person.type("#new_password", password);
  await person.type("#new_password_again", "something else");
  await person.type("#otp", "000000");
  await person.press("button.main", "Hoàn tất", 422);
  await person.look("enrol-wrong");
  await person.type("#new_password", password);
  await person.type("#new_password_again", password);
  await person.sendCode(known, "#otp", "Hoàn tất");
  await person.look("enrol-done");
  await person.open("/ui/account");
  await person.logIn(known);
  await person.see("Ứng dụng xác thực");
  await person.look("newcomer-account");
  await person.logOut();
}
