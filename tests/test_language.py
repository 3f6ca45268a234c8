"""Languages: the ones the shipped models know are told apart."""

from __future__ import annotations

import pytest

from segmenter.language import detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قال وزير الخارجية إن المحادثات تناولت التحديات الأمنية في المنطقة"),
        ("fa", "وزیر امور خارجه گفت که این گفتگوها درباره چالش‌های امنیتی منطقه بود"),
        ("ur", "وزیر خارجہ نے کہا کہ بات چیت میں خطے کے سلامتی کے مسائل پر غور کیا گیا ہے"),
        ("en", "The minister said that the talks dealt with the security of the region"),
        ("fr", "Le ministre a déclaré que les discussions portaient sur la sécurité de la région"),
        ("es", "El ministro dijo que las conversaciones trataron sobre la seguridad de la región"),
        ("pt", "O ministro disse que as conversas não trataram da segurança da região"),
        ("de", "Der Minister sagte, dass es in den Gesprächen um die Sicherheit der Region ging"),
        ("tr", "Bakan, görüşmelerde bölgenin güvenliğinin ele alındığını ve bu konuda çok çalıştıklarını söyledi"),
        ("id", "Menteri mengatakan bahwa pembicaraan itu membahas keamanan di kawasan ini"),
        ("vi", "Bộ trưởng cho biết các cuộc đàm phán đã bàn về an ninh của khu vực"),
        ("ru", "Министр сказал, что на переговорах обсуждалась безопасность региона"),
        ("zh", "部长说会谈讨论了该地区的安全问题"),
        ("ja", "大臣は会談で地域の安全について話し合ったと述べた"),
        ("hi", "मंत्री ने कहा कि वार्ता में क्षेत्र की सुरक्षा पर चर्चा हुई"),
        ("und", "2015 – 12:30 !!! 👍"),
        ("und", ""),
    ],
)
def test_detect(language: str, text: str) -> None:
    assert detect(text) == language


def test_most_of_the_text_decides() -> None:
    assert detect("قال الوزير في بيان نشر اليوم إن الاتفاق نهائي (Reuters) ولن يعدل") == "ar"
