"""The words people answer with, in the languages the sandbox speaks.

The one thing that must hold: each phrase can be told apart by its meaning alone, as a real answer can, and none of them
names the kind it stands for.
"""

from typing import Final

from sandbox.world.habits import ReplyKind

REPLIES: Final[dict[str, dict[ReplyKind, tuple[str, ...]]]] = {
    "en": {
        ReplyKind.POSITIVE: (
            "Thanks for reaching out. It is on our list for next quarter. Could we talk on Thursday afternoon?",
            "Good timing. Yes, I'd be interested, please send me two or three slots for a short call next week.",
            "Hi, sounds interesting. Can you share a bit more about how it works and what it costs?",
        ),
        ReplyKind.NEUTRAL: (
            "Thanks for your note. Let me check internally and get back to you.",
            "Got it. We are still planning, so I can't say anything yet. Maybe ask me again after the summer.",
            "Where did you read that about us? Just curious.",
        ),
        ReplyKind.REFUSAL: (
            "Thank you, but we are not interested. We are happy with our current setup.",
            "No thanks, we have no need for this at the moment.",
            "We have just signed with someone else, so this is not for us.",
        ),
        ReplyKind.UNSUBSCRIBE_WISH: (
            "Please remove me from your list and do not contact me again.",
            "Unsubscribe.",
            "Stop emailing me, please. Take me off your mailing list.",
        ),
        ReplyKind.WRONG_PERSON: (
            "I think you have the wrong person, I don't work for that company.",
            "I left the company last year, so you will have to find somebody else there.",
            "I am not responsible for this topic. You have the wrong contact.",
        ),
    },
    "de": {
        ReplyKind.POSITIVE: (
            "Vielen Dank für Ihre Nachricht. Das klingt interessant, lassen Sie uns gerne nächste Woche telefonieren.",
            "Guter Zeitpunkt. Können Sie mir bitte mehr Informationen und einen Terminvorschlag schicken?",
        ),
        ReplyKind.NEUTRAL: (
            "Danke für die Mail. Ich bespreche das intern und melde mich.",
            "Im Moment kann ich dazu noch nichts sagen. Fragen Sie gerne im Herbst noch einmal nach.",
        ),
        ReplyKind.REFUSAL: (
            "Vielen Dank, aber wir haben kein Interesse.",
            "Danke, wir sind gut versorgt und haben derzeit keinen Bedarf.",
        ),
        ReplyKind.UNSUBSCRIBE_WISH: (
            "Bitte nehmen Sie mich aus Ihrem Verteiler und schreiben Sie mir nicht mehr.",
            "Bitte löschen Sie meine Adresse und kontaktieren Sie mich nicht wieder.",
        ),
        ReplyKind.WRONG_PERSON: (
            "Sie haben die falsche Person erwischt, ich arbeite nicht bei dieser Firma.",
            "Ich bin nicht mehr im Unternehmen. Bitte wenden Sie sich an jemand anderen.",
        ),
    },
    "fr": {
        ReplyKind.POSITIVE: (
            "Merci pour votre message. Cela m'intéresse, pouvons-nous en parler la semaine prochaine ?",
            "Bonne idée. Pouvez-vous m'envoyer quelques informations et deux créneaux pour un appel ?",
        ),
        ReplyKind.NEUTRAL: (
            "Merci, j'en parle à mes collègues et je reviens vers vous.",
            "Je ne peux pas encore vous répondre. Revenez vers moi après la rentrée.",
        ),
        ReplyKind.REFUSAL: (
            "Merci, mais nous ne sommes pas intéressés.",
            "Nous n'avons pas ce besoin actuellement, merci quand même.",
        ),
        ReplyKind.UNSUBSCRIBE_WISH: (
            "Merci de me retirer de votre liste et de ne plus me contacter.",
            "Je souhaite me désinscrire, ne m'écrivez plus.",
        ),
        ReplyKind.WRONG_PERSON: (
            "Vous n'avez pas la bonne personne, je ne travaille pas pour cette société.",
            "J'ai quitté l'entreprise. Merci de contacter quelqu'un d'autre.",
        ),
    },
    "es": {
        ReplyKind.POSITIVE: ("Gracias por escribir. Me interesa, ¿podemos hablar la próxima semana?",),
        ReplyKind.NEUTRAL: ("Gracias, lo comento con el equipo y le digo algo.",),
        ReplyKind.REFUSAL: ("Gracias, pero no nos interesa en este momento.",),
        ReplyKind.UNSUBSCRIBE_WISH: ("Por favor, elimíneme de su lista y no me escriba más.",),
        ReplyKind.WRONG_PERSON: ("Se ha equivocado de persona, yo no trabajo en esa empresa.",),
    },
    "pt": {
        ReplyKind.POSITIVE: ("Obrigado pelo contato. Tenho interesse, podemos conversar na próxima semana?",),
        ReplyKind.NEUTRAL: ("Obrigado, vou falar com a equipe e retorno.",),
        ReplyKind.REFUSAL: ("Obrigado, mas não temos interesse no momento.",),
        ReplyKind.UNSUBSCRIBE_WISH: ("Por favor, remova meu e-mail da sua lista e não me escreva mais.",),
        ReplyKind.WRONG_PERSON: ("Acho que é a pessoa errada, não trabalho nessa empresa.",),
    },
    "ja": {
        ReplyKind.POSITIVE: ("ご連絡ありがとうございます。興味がありますので、来週お話しできますでしょうか。",),
        ReplyKind.NEUTRAL: ("ご連絡ありがとうございます。社内で確認のうえ、改めてご連絡いたします。",),
        ReplyKind.REFUSAL: ("申し訳ございませんが、現在のところ必要としておりません。",),
        ReplyKind.UNSUBSCRIBE_WISH: ("今後のメール配信を停止してください。",),
        ReplyKind.WRONG_PERSON: ("宛先をお間違えのようです。私はその会社の者ではありません。",),
    },
}

AWAY: Final[dict[str, tuple[str, str]]] = {
    "en": (
        "Automatic reply: {subject}",
        "Thank you for your message. I am out of the office with limited access to e-mail. Back on {date}.",
    ),
    "de": (
        "Automatische Antwort: {subject}",
        "Vielen Dank für Ihre Nachricht. Ich bin nicht im Büro und ab dem {date} wieder erreichbar.",
    ),
    "fr": (
        "Réponse automatique : {subject}",
        "Merci pour votre message. Je suis absent du bureau et serai de retour le {date}.",
    ),
    "es": (
        "Respuesta automática: {subject}",
        "Gracias por su mensaje. Estoy fuera de la oficina y volveré el {date}.",
    ),
    "pt": (
        "Resposta automática: {subject}",
        "Obrigado pela mensagem. Estou fora do escritório e volto em {date}.",
    ),
    "ja": ("自動応答: {subject}", "ご連絡ありがとうございます。現在不在にしており、{date} に戻ります。"),
}
"""Subject and body of an absence notice; `date` is written in the manner of the language."""

DATES: Final[dict[str, str]] = {
    "en": "%B %d, %Y",
    "de": "%d.%m.%Y",
    "fr": "%d/%m/%Y",
    "es": "%d/%m/%Y",
    "pt": "%d/%m/%Y",
    "ja": "%Y-%m-%d",
}

INTRODUCTIONS: Final[dict[str, str]] = {
    "en": "On {when}, {who} wrote:",
    "de": "Am {when} schrieb {who}:",
    "fr": "Le {when}, {who} a écrit :",
    "es": "El {when}, {who} escribió:",
    "pt": "Em {when}, {who} escreveu:",
    "ja": "{when} {who}:",
}
"""The line above a quoted mail."""

SIGN_OFFS: Final[dict[str, str]] = {
    "en": "Best regards",
    "de": "Mit freundlichen Grüßen",
    "fr": "Cordialement",
    "es": "Saludos",
    "pt": "Atenciosamente",
    "ja": "よろしくお願いいたします",
}
