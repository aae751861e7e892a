"""Given names and what people of that name are called, folded. A small list: the common ones of English, and spellings
of one name that sound alike but are written far apart.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

_CALLED: Final = """
abigail abi abby gail
alexander alex alec sandy xander sasha alasdair alistair
alexandra alex sandra lexi sasha
alfred alf alfie fred
amanda mandy
andrew andy drew
ann anne annie anna
anthony tony antony
antonia toni
barbara barb babs
benjamin ben benny
bernadette bernie
bridget bridie biddy brigid
caroline carol carrie carolyn
catherine cath cathy kate katie kathy kit kitty cat katherine kathryn catharine katharine cathryn
charles charlie chas chuck
charlotte lottie charlie charley
christina chris tina chrissie christine
christine chris chrissie tina
christopher chris kit topher
clifford cliff
cynthia cindy
daniel dan danny
danielle dani
david dave davy dai
deborah deb debbie debra
dennis den denny
dominic dom
donald don donny
dorothy dot dottie dolly
douglas doug
edward ed eddie ted teddy ned
edwin ed eddie
eleanor ellie nell nora elinor
elizabeth liz lizzie lizzy beth bess bessie betty betsy eliza libby elisabeth elspeth lisbeth lilibet
emily em emmie
eugene gene
florence flo flossie
frances fran fanny frankie
francis frank fran frankie
frederick fred freddie freddy
gabriel gabe
geoffrey geoff jeff jeffrey
gerald gerry jerry
gillian gill jill gilly
graham graeme grahame
gregory greg
harold harry hal
harriet hattie harry
helen nell nellie ellen
henry harry hal hank
herbert herb bert bertie
hugh huw hughie
ian iain
isabel isabelle isobel bella izzy belle isabella
jacob jake
jacqueline jackie jacqui
james jim jimmy jamie jem seamus
jane janie jayne
janet jan
janice jan
jean jeanie
jennifer jen jenny jennie
jeremy jerry jez
jessica jess jessie
joan joanie
joanna jo joanne
joanne jo jo-anne
john jack johnny jon
jonathan jon jonny jonty
joseph joe joey jo
josephine jo josie
joshua josh
joyce joy
judith judy jude
julia julie jules
katherine kate katie kath kathy kat kitty kay
kathleen kath kathy kathie katie
kenneth ken kenny
kimberley kim
laura laurie
lawrence larry laurie laurence
leonard len lenny leo
lesley les
leslie les
lillian lily lil
louis lou louie lewis
louise lou
lucy lu lucie
madeleine maddie maddy
malcolm malc mal
margaret maggie meg peggy madge marge margie greta peg rita daisy mairead marguerite
mark marc
martin marty
mary molly polly may mamie
matthew matt matty
michael mike mick mickey micky mikey
michelle shelly shell michele
mohammed mohamed muhammad mohammad muhammed mohamad mo
nancy nan
natalie nat
nathan nat nate
nathaniel nat nate nathan
nicholas nick nicky nicolas
nicola nicky nikki nic
norman norm
oliver ollie olly
olivia liv livvy
pamela pam
patricia pat patsy tricia trish patty
patrick pat paddy padraig
penelope penny
peter pete
philip phil phillip pip
philippa pip pippa
rachel rach rachael
raymond ray
rebecca becky becca bex
richard rick dick ricky rich richie
robert bob rob bobby robbie bert robin
roderick rod rory
roger rodge
ronald ron ronnie
rosemary rose rosie
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie sara
shaun sean shawn
sophia sophie
stanley stan
stephen steve steven stevie
stuart stu stewart
susan sue susie suzy
suzanne sue suzie susanne
sydney sid
terence terry
theodore ted theo teddy
theresa terry tess tessa teresa
thomas tom tommy
timothy tim timmy
valerie val
veronica ronnie vera
victor vic
victoria vicky vicki tori vic
vincent vince vinny
virginia ginny
vivien viv vivienne vivian
walter walt wally
wilfred wilf
william will bill billy liam willie
winifred winnie freda
yvonne eve
zachary zac zak zach
"""


def _by_short_form() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for line in _CALLED.split("\n"):
        formal, *called = line.replace("-", "").split() or [""]
        for one in called:
            found[one].add(formal)
    return {short: frozenset(formal) for short, formal in found.items()}


SHORT_FORMS: Final = _by_short_form()
"""By what somebody is called: the names it may be short for."""
CALLED: Final = {line.split()[0]: frozenset(line.replace("-", "").split()[1:]) for line in _CALLED.split("\n") if line}
"""By a name: what people of it are called."""
