// A leader reads what waits, approves one and then several, refuses, returns, and looks at what they signed.

// Documents under each tab of the inbox.
async function counts(person) {
  const texts = await person.page.$$eval(".tabs .count", (all) => all.map((one) => Number(one.textContent)));
  const [toSign, inProgress, signed, failed] = texts;
  return { toSign, inProgress, signed, failed };
}

async function expect(person, wanted) {
  const found = JSON.stringify(await counts(person));
  if (found !== JSON.stringify(wanted)) throw new Error(`the inbox has ${found}, not ${JSON.stringify(wanted)}`);
}

async function inbox(person) {
  await person.at("/ui/inbox");
  await expect(person, { toSign: 8, inProgress: 0, signed: 0, failed: 1 });
  const first = await person.page.$eval(".cards .state", (state) => state.textContent);
  if (first !== "Hỏa tốc") throw new Error(`“${first}” comes first`);
  await person.lookAgain("leader-inbox");
  await person.press(".tabs a", "Thất bại");
  await person.see("Đã rút");
  await person.lookAgain("leader-inbox-failed");
  await person.press(".tabs a", "Đang xử lý");
  await person.see("Không có mục nào.");
  await person.press(".tabs a", "Cần ký");
}

// A document whose file the system gave: its page is there to be read, and stays after that.
async function readContent(person) {
  await person.press(".title a", "Quy chế quản lý");
  await person.see("Nội dung (1 trang)", "Tải tệp PDF");
  const drawn = await person.page.$eval(".pages img", async (picture) => {
    picture.scrollIntoView();
    await picture.decode();
    return picture.naturalWidth;
  });
  if (drawn < 1000) throw new Error(`the page is ${drawn} wide`);
  if ((await person.text()).includes("Nội dung chưa được hiển thị")) throw new Error("it is shown, and said not to be");
  await person.lookAgain("leader-request-content");
  await person.press(".back a", "Về danh sách văn bản");
}

async function approveOne(person, account) {
  await person.press("li:not(:has(div > .sub)) .title a", "an toàn thông tin"); // the one of one document
  await person.see("Nội dung chưa được hiển thị.", "402/UBND-NC", "Trần Thị Bình", "Ký với thẩm quyền của chính mình");
  await person.touch(".digest summary");
  await person.lookAgain("leader-request");
  await person.press(".decide a", "Ký duyệt");
  await person.see("Ký duyệt 1 văn bản", "Nội dung chưa được hiển thị.");
  await person.look("leader-approve");
  await person.type("#otp", "abc");
  await person.press("button.big", "Ký duyệt", 422);
  await person.see("Hãy sửa các mục sau");
  await person.look("leader-approve-wrong-code");
  await person.sendCode(account, "#otp", "Ký duyệt 1 văn bản");
  await person.see("Tất cả văn bản đã được ký.", "Ký thành công");
  await person.look("leader-results");
  await person.press(".button", "Về danh sách văn bản");
  await expect(person, { toSign: 7, inProgress: 0, signed: 1, failed: 1 });
}

async function approveSeveral(person, account) {
  await person.touch("label.tick", "Chọn tất cả");
  await person.see("7 mục đã chọn");
  await person.touch("label.tick", "Chọn tất cả");
  await person.see("0 mục đã chọn");
  for (const nth of [1, 2]) await person.touch(`.cards > li:nth-child(${nth}) label.tick`);
  await person.see("2 mục đã chọn");
  await person.look("leader-inbox-chosen");
  await person.press("button", "Ký duyệt mục đã chọn");
  await person.look("leader-approve-several");
  const heading = await person.page.$eval("h1", (one) => one.textContent);
  await person.sendCode(account, "#otp", heading);
  await person.see("Tất cả văn bản đã được ký.");
  await person.look("leader-results-several");
  await person.press(".button", "Về danh sách văn bản");
  await expect(person, { toSign: 5, inProgress: 0, signed: 3, failed: 1 });
}

async function decline(person, account) {
  await person.press(".title a");
  await person.press(".decide a", "Từ chối");
  await person.see("Từ chối là quyết định cuối cùng");
  await person.lookAgain("leader-refuse");
  await person.type("#reason", "Không thuộc thẩm quyền");
  await person.type("#otp", "abc");
  await person.press("button.danger", "Từ chối ký", 422);
  await person.look("leader-refuse-wrong-code");
  await person.sendCode(account, "#otp", "Từ chối ký");
  await expect(person, { toSign: 4, inProgress: 0, signed: 3, failed: 2 });
  await person.press(".title a");
  await person.press(".decide a", "Trả lại kèm lý do");
  await person.type("#reason", "   "); // a browser holds back only what is empty
  await person.type("#otp", "abc");
  await person.press("button.danger", "Trả lại văn bản", 422);
  await person.look("leader-return-without-reason");
  await person.type("#reason", "Sửa căn cứ pháp lý ở trang 2");
  await person.sendCode(account, "#otp", "Trả lại văn bản");
  await expect(person, { toSign: 3, inProgress: 0, signed: 3, failed: 3 });
  await person.press(".tabs a", "Thất bại");
  await person.see("Không thuộc thẩm quyền", "Sửa căn cứ pháp lý ở trang 2", "Trả lại", "Từ chối");
  await person.look("leader-inbox-declined");
}

async function signed(person) {
  await person.press(".places a", "Chữ ký của tôi");
  await person.see("an toàn thông tin", "Ký thành công");
  await person.lookAgain("leader-signatures");
  await person.press(".places a", "Văn bản trình ký");
  await person.press(".tabs a", "Đã ký");
  await person.press(".title a", "an toàn thông tin");
  await person.see("Đã ký");
  if (await person.has(".decide")) throw new Error("what is signed can be decided again");
  await person.lookAgain("leader-request-signed");
  const id = new URL(person.page.url()).pathname.split("/").at(-1);
  await person.open(`/ui/approve?id=${id}`, 409);
  await person.look("leader-decided-already");
}

// Their account: another password, by which they log in again.
async function account(person, known) {
  await person.press(".me");
  await person.see("Thiết bị này");
  await person.lookAgain("account");
  const password = `${known.password}-2`;
  await person.type("#old_password", known.password);
  await person.type("#new_password", password);
  await person.type("#new_password_again", "not the same as that");
  await person.type("#otp", "000000");
  await person.press("button", "Đổi mật khẩu", 422);
  await person.look("account-wrong");
  await person.type("#old_password", known.password);
  await person.type("#new_password", password);
  await person.type("#new_password_again", password);
  await person.sendCode(known, "#otp", "Đổi mật khẩu");
  await person.at("/ui/login");
  known.password = password;
  await person.logIn(known);
  await person.at("/ui/inbox");
  await person.look("leader-inbox-left");
}

// A signature that they say is not theirs: the key is locked, and they read whom to call.
async function dispute(person) {
  await person.press(".places a", "Chữ ký của tôi");
  await person.press(".card .actions a", "Tôi không ký");
  await person.see("Không cần mã xác thực");
  await person.lookAgain("leader-dispute");
  await person.type("#reason", "Lúc đó tôi đang họp, điện thoại để ở phòng");
  await person.press("button.danger", "Tôi không ký");
  await person.see("Đã ghi nhận lúc", "Hãy gọi ngay");
  await person.lookAgain("leader-disputed");
  await person.press(".actions a", "Quay lại");
  await person.see("Đã báo không ký");
  await person.look("leader-signatures-disputed");
}

export async function leader(person, known) {
  await person.open("/ui/");
  await person.logIn(known);
  await inbox(person);
  await readContent(person);
  await approveOne(person, known);
  await approveSeveral(person, known);
  await decline(person, known);
  await signed(person);
  await account(person, known);
  await dispute(person);
  await person.readEnglish();
  await person.logOut();
  await person.open("/ui/signatures");
  await person.see("Đăng nhập");
}
