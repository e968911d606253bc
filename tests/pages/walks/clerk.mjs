// A records clerk opens a stamping session, watches it and closes it.
export async function clerk(person, known) {
  await person.open("/ui/");
  await person.logIn(known);
  await person.at("/ui/stamping");
  await person.press("a.button", "Mở phiên đóng dấu");
  await person.lookAgain("clerk-open");
  const limit = person.size === "phone" ? "17" : "23"; // tells this walk's session from the other's
  await person.type("#limit", limit);
  await person.touch("label.tick", "Sao y");
  await person.type("#otp", "abc");
  await person.press("button.main", "Mở phiên đóng dấu", 422);
  await person.see("Hãy sửa các mục sau");
  await person.look("clerk-open-wrong-code");
  await person.sendCode(known, "#otp", "Mở phiên đóng dấu");
  await person.at("/ui/stamping");
  await person.see("Đang mở", `${limit} / ${limit}`);
  await person.lookAgain("clerk-sessions");
  const own = `section:has(progress[max="${limit}"])`;
  await watch(person, `${own} .title a`, limit);
  await person.press(`${own} button`, "Đóng phiên ngay");
  await person.at("/ui/stamping");
  await person.see("Đã đóng");
  if (await person.has(`${own} button`)) throw new Error("a session that is closed can be closed again");
  await person.look("clerk-session-closed");
  await person.readEnglish();
  await person.logOut();
}

// What was stamped in it so far.
async function watch(person, way, limit) {
  await person.press(way);
  await person.see("Đã đóng dấu những gì", `${limit} / ${limit}`, "Không có mục nào.");
  await person.look("clerk-session");
  await person.press(".back a, main > p > a", "Quay lại");
}
